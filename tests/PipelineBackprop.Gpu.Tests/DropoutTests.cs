using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Randomness;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu.Tests;

public sealed class DropoutTests
{
    public static TheoryData<SimulatedDeviceOptions> Devices => DeviceShapes.All;

    [Theory, MemberData(nameof(Devices))]
    public void Dropout_AnyRateAndPlace_KeepsExactlyWhatPhiloxKeeps(SimulatedDeviceOptions device)
    {
        using var bench = new DeviceBench(device);
        foreach (double rate in new[] { 0, 0.1, 0.5, 0.9, 1 - 1e-12 })
        {
            int rows = bench.Length(), columns = bench.Length();
            var mask = new DropoutMask(rate, 0xFEDCBA9876543210, 0x1_0000_0007, FirstExample: 123_456_789);
            DeviceTensor y = bench.Poisoned(Shape.Matrix(rows, columns));
            double[] x = bench.Values(rows * columns);
            bench.Compute.Dropout(mask, bench.Matrix(rows, columns, x), y);
            double[] actual = bench.Read(y);
            for (int i = 0; i < x.Length; i++)
            {
                ulong element = (ulong)(mask.FirstExample + i / columns) * (ulong)columns + (ulong)(i % columns);
                bool keeps = Philox.Word(mask.Key, mask.Stream, element) >= rate * 4294967296.0;
                Assert.Equal(keeps ? (float)x[i] * (float)(1 / (1 - rate)) : 0, actual[i]);
            }
        }
    }

    [Fact]
    public void Dropout_RowsSplitOverMicroBatches_DrawsTheSameMask()
    {
        using var bench = new DeviceBench();
        double[] x = bench.Values(12 * 5);
        DeviceTensor whole = bench.Matrix(12, 5, x), tail = bench.Matrix(7, 5, x[25..]);
        bench.Compute.Dropout(new DropoutMask(0.5, 3, 4, 0), whole, whole);
        bench.Compute.Dropout(new DropoutMask(0.5, 3, 4, 5), tail, tail);
        Assert.Equal(bench.Read(whole)[25..], bench.Read(tail));
    }

    [Fact]
    public void Word_RandomCounters_EqualsPhilox()
    {
        var random = new RandomStream(5, 6);
        for (int i = 0; i < 2000; i++)
        {
            ulong key = Draw(), stream = Draw(), index = Draw();
            Assert.Equal(Philox.Word(key, stream, index), DropoutKernels.Word(key, stream, index));
        }

        ulong Draw() => (ulong)random.NextUInt32() << 32 | random.NextUInt32();
    }
}
