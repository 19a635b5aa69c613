using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu.Tests;

public sealed class ProcessorExchangeTests
{
    [Fact]
    public void ExportThenImport_ProcessorToDeviceAndBack_KeepsEveryBit()
    {
        using var bench = new DeviceBench();
        using ICompute cpu = CpuDevice.Instance.Open(new ComputeOptions(Threads: 1));
        using var cpuPool = new TensorPool(cpu.AllocateHost, new MemoryLedger().Open("cpu"));
        using var hostPool = new TensorPool(bench.Compute.AllocateHost, new MemoryLedger().Open("links"));
        Shape shape = Shape.Matrix(4, 6);
        double[] values = bench.Values(24);
        DeviceTensor source = cpuPool.Rent(shape, MemoryPurpose.Workspace), back = cpuPool.Rent(shape, MemoryPurpose.Workspace);
        DeviceTensor onDevice = bench.Poisoned(shape);
        cpu.Upload(values, source);
        cpu.Fill(back, double.NaN);

        DeviceTensor exported = cpu.Export(source, cpuPool);
        bench.Compute.Import(exported, onDevice);
        exported.Release();
        exported = bench.Compute.Export(onDevice, hostPool);
        cpu.Import(exported, back);
        exported.Release();

        Assert.Equal(values, bench.Read(onDevice));
        var actual = new double[24];
        cpu.Download(back, actual);
        Assert.Equal(values, actual);
    }
}
