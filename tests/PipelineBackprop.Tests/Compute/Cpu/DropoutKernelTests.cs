using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using PipelineBackprop.Compute;
using PipelineBackprop.Compute.Cpu;
using PipelineBackprop.Randomness;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Cpu;

/// <summary>The mask drawn many words at a time against the generator's own words.</summary>
public sealed unsafe class DropoutKernelTests
{
    private delegate void Filler(ulong key, ulong stream, ulong counter, uint* words, int blocks);

    public static TheoryData<ulong, ulong, ulong> Places => new()
    {
        { 0, 0, 0 },
        { 0xDEAD_BEEF_1234_5678, 0x9ABC_DEF0_0FED_CBA9, 17 },
        { ulong.MaxValue, ulong.MaxValue, uint.MaxValue - 5ul },
        { 7, 1ul << 32, ulong.MaxValue - 5 },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public void Fill_ByEveryWidth_GivesTheGeneratorsWords(ulong key, ulong stream, ulong counter)
    {
        var fillers = new List<Filler> { PhiloxLanes.Fill, PhiloxLanes.FillOneByOne };
        if (Sse2.IsSupported || AdvSimd.IsSupported) fillers.Add(PhiloxLanes.Fill<Places128, Vector128<ulong>>);
        if (Avx2.IsSupported) fillers.Add(PhiloxLanes.Fill<Places256, Vector256<ulong>>);
        if (Avx512F.IsSupported) fillers.Add(PhiloxLanes.Fill<Places512, Vector512<ulong>>);
        foreach (Filler fill in fillers)
        {
            foreach (int blocks in (int[])[1, 2, 3, 15, 16, 17, 40])
            {
                const uint untouched = 0xA5A5_A5A5;
                uint[] words = new uint[4 * blocks + PhiloxLanes.Slack + 1];
                words[^1] = untouched;
                fixed (uint* first = words) fill(key, stream, counter, first, blocks);
                for (int block = 0; block < blocks; block++)
                {
                    var expected = Philox.Block(key, stream, unchecked(counter + (ulong)block));
                    Assert.Equal(expected, (words[4 * block], words[4 * block + 1], words[4 * block + 2], words[4 * block + 3]));
                }
                Assert.Equal(untouched, words[^1]);
            }
        }
    }

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.Float64)]
    public void Dropout_AtRaggedStartsAndLengths_FollowsItsDefinition(ElementType type)
    {
        using var bench = new ComputeBench(CpuDevice.Instance, type, threads: 2);
        foreach ((int rows, int columns, int firstExample) in ((int, int, int)[])
            [(1, 1, 0), (1, 1, 3), (3, 5, 1), (7, 13, 5), (1, 1025, 1), (2, 1023, 3), (5, 4099, 2), (33, 1027, 9)])
        {
            foreach (double rate in (double[])[0, 0.25, 0.7])
            {
                var mask = new DropoutMask(rate, Key: 0x1234_5678_9ABC_DEF0, Stream: 41, firstExample);
                DeviceTensor x = bench.Upload(HostArrays.Gaussian(rows * columns, 3), Shape.Matrix(rows, columns)), y = bench.Rent(x.Shape);
                bench.Compute.Dropout(mask, x, y);
                double[] own = bench.Download(x);
                Close.Each([.. own.Select((value, i) => Expected(mask, columns, i, value))], bench.Download(y), 2.5e-7, $"dropout {rows}×{columns}");
                double[] apart = bench.Download(y);
                bench.Compute.Dropout(mask, x, x);
                Close.Bits(apart, bench.Download(x), "in place");
            }
        }
    }

    [Fact]
    public void Dropout_OfWhatIsNotFinite_KeepsItOrGivesZero()
    {
        using var bench = new ComputeBench(CpuDevice.Instance, ElementType.Float32);
        double[] values = [.. Enumerable.Range(0, 101).Select(i => i % 2 == 0 ? double.NaN : double.NegativeInfinity)];
        var mask = new DropoutMask(0.5, Key: 1, Stream: 2, FirstExample: 1);
        DeviceTensor x = bench.Upload(values, Shape.Matrix(1, values.Length));
        bench.Compute.Dropout(mask, x, x);
        Close.Bits([.. values.Select((value, i) => Expected(mask, values.Length, i, value))], bench.Download(x), "mask");
    }

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.Float64)]
    public void Dropout_AtARateThatNoWordReaches_DropsEverything(ElementType type)
    {
        using var bench = new ComputeBench(CpuDevice.Instance, type);
        DeviceTensor x = bench.Upload(HostArrays.Gaussian(5, 13, 3));
        bench.Compute.Dropout(new DropoutMask(Math.BitDecrement(1.0), 1, 2, 0), x, x);
        Assert.All(bench.Download(x), value => Assert.Equal(0, value));
    }

    private static double Expected(DropoutMask mask, int columns, int i, double value) =>
        Philox.Word(mask.Key, mask.Stream, (ulong)(mask.FirstExample * (long)columns + i)) >= mask.Rate * 4294967296.0 ? value / (1 - mask.Rate) : 0;
}
