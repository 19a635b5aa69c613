using System.Runtime.InteropServices;
using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu.Tests;

public sealed class TransferTests
{
    [Fact]
    public void UploadAndDownload_BothPrecisions_RoundTrip()
    {
        using var bench = new DeviceBench();
        DeviceTensor tensor = bench.Poisoned(Shape.Matrix(2, 3));
        bench.Compute.Upload([0.1, 0.2, 0.3, 1e300, -5, double.NaN], tensor);
        var singles = new float[6];
        bench.Compute.Download(tensor, singles);
        Assert.Equal([0.1f, 0.2f, 0.3f, float.PositiveInfinity, -5, float.NaN], singles);
        Array.Reverse(singles);
        bench.Compute.Upload(singles, tensor);
        Assert.Equal([double.NaN, -5, double.PositiveInfinity, 0.3f, 0.2f, 0.1f], bench.Read(tensor));
    }

    [Theory]
    [InlineData(MemoryPurpose.Stash, 0)]
    [InlineData(MemoryPurpose.Workspace, 0)]
    [InlineData(MemoryPurpose.Parameters, 1)]
    [InlineData(MemoryPurpose.OptimizerState, 1)]
    public void Upload_MoreThanMayBeOnItsWay_ArrivesAndWaitsOnlyIfItIsNotOfAStep(MemoryPurpose purpose, int waits)
    {
        using var compute = (GpuCompute)new SimulatedDevice(0).Open(new ComputeOptions());
        using var pool = new TensorPool(compute.Allocate, new MemoryLedger().Open("test"));
        DeviceTensor target = pool.Rent(Shape.Vector(UploadStaging.MostElements + 3), purpose);
        var read = new float[target.ElementCount];
        foreach (int first in new[] { 1, -7 })
        {
            float[] values = [.. Enumerable.Range(first, target.ElementCount).Select(value => (float)value)];
            long before = compute.HostWaits;
            compute.Upload(values, target);
            Assert.Equal(waits, compute.HostWaits - before);
            compute.Download(target, read);
            Assert.True(values.AsSpan().SequenceEqual(read));
        }
    }

    [Theory]
    [InlineData(MemoryPurpose.Stash, 0)]
    [InlineData(MemoryPurpose.Parameters, 2)]
    public void Upload_ManyThatAreTogetherTooMuch_WaitForEachOtherOnlyIfTheyAreNotOfAStep(MemoryPurpose purpose, int waits)
    {
        using var compute = (GpuCompute)new SimulatedDevice(0).Open(new ComputeOptions());
        using var pool = new TensorPool(compute.Allocate, new MemoryLedger().Open("test"));
        DeviceTensor[] targets = [.. Enumerable.Range(0, 5).Select(_ => pool.Rent(Shape.Vector(UploadStaging.MostElements / 2), purpose))];
        var values = new float[UploadStaging.MostElements / 2];
        for (int i = 0; i < targets.Length; i++)
        {
            Array.Fill(values, i + 1);
            compute.Upload(values, targets[i]);
        }
        Assert.Equal(waits, compute.HostWaits);
        for (int i = 0; i < targets.Length; i++)
        {
            compute.Download(targets[i], values);
            Assert.Equal(-1, values.AsSpan().IndexOfAnyExcept(i + 1));
        }
    }

    [Fact]
    public void Upload_BlocksThatTheNextPassDoesNotUse_AreGivenBackButForTheFirstFew()
    {
        using var compute = (GpuCompute)new SimulatedDevice(0).Open(new ComputeOptions());
        using var pool = new TensorPool(compute.Allocate, new MemoryLedger().Open("test"));
        DeviceTensor target = pool.Rent(Shape.Vector(UploadStaging.MostElements), MemoryPurpose.Stash);
        var values = new float[target.ElementCount];
        for (int i = 0; i < 3; i++) compute.Upload(values, target);
        compute.Settled();
        Assert.Equal(3L * UploadStaging.MostElements, compute.IdleStaging);
        compute.Upload(values, target);
        compute.Settled();
        Assert.Equal(2L * UploadStaging.MostElements, compute.IdleStaging);
        compute.Settled();
        Assert.Equal(UploadStaging.MostElements, compute.IdleStaging);
        compute.Settled();
        Assert.Equal(UploadStaging.MostElements, compute.IdleStaging);
    }

    [Fact]
    public void UploadAndDownload_LengthsDiffer_NameBoth()
    {
        using var bench = new DeviceBench();
        DeviceTensor tensor = bench.Vector([1, 2, 3]);
        var upload = Assert.Throws<ArgumentException>(() => bench.Compute.Upload(new float[2], tensor));
        var download = Assert.Throws<ArgumentException>(() => bench.Compute.Download(tensor, new float[4]));
        Assert.Contains("2 elements", upload.Message, StringComparison.Ordinal);
        Assert.Contains("4 elements", download.Message, StringComparison.Ordinal);
        Assert.Contains("has 3", download.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ExportThenImport_IntoAnotherDevice_CarriesValuesAndShape()
    {
        using var left = new DeviceBench();
        using var right = new DeviceBench();
        LedgerAccount account = new MemoryLedger().Open("links");
        using var hostPool = new TensorPool(left.Compute.AllocateHost, account);
        double[] values = left.Values(35);
        DeviceTensor source = left.Matrix(5, 7, values);

        DeviceTensor exported = left.Compute.Export(source, hostPool);
        left.Compute.Fill(source, 0);
        DeviceTensor target = right.Poisoned(Shape.Matrix(5, 7));
        right.Compute.Import(exported, target);

        Assert.Equal(source.Shape, exported.Shape);
        Assert.Equal(values, right.Read(target));
        // A stage sets the room for it aside, so the tensor itself is not counted again.
        Assert.Equal(MemoryPurpose.Transfer, exported.Purpose);
        Assert.Equal((0, 35 * sizeof(float)), (account.PeakTotal, account.Reserved));
        exported.Release();
        Assert.Same(exported, hostPool.Rent(Shape.Matrix(5, 7), MemoryPurpose.Workspace));
    }

    [Fact]
    public void Export_Result_IsReadableByTheHost()
    {
        using var bench = new DeviceBench();
        using var hostPool = new TensorPool(bench.Compute.AllocateHost, new MemoryLedger().Open("links"));
        DeviceTensor exported = bench.Compute.Export(bench.Vector([1, 2, 3]), hostPool);
        var host = Assert.IsAssignableFrom<IHostReadable>(exported.Buffer);
        Assert.Equal([1f, 2f, 3f], MemoryMarshal.Cast<byte, float>(host.HostBytes)[..3].ToArray());
    }

    [Fact]
    public void Export_PoolOfDeviceMemory_IsRefused()
    {
        using var bench = new DeviceBench();
        DeviceTensor source = bench.Vector([1]);
        Assert.Throws<ArgumentException>(() => bench.Compute.Export(source, bench.Pool));
    }

    [Fact]
    public void AnyOperation_TensorOfAnotherDevice_IsRefused()
    {
        using var left = new DeviceBench();
        using var right = new DeviceBench();
        DeviceTensor own = left.Vector([1]), foreign = right.Vector([1]);
        Assert.Throws<ArgumentException>(() => left.Compute.Add(own, foreign, own));
        Assert.Throws<ArgumentException>(() => left.Compute.Import(foreign, own));
    }

    [Fact]
    public void HostBuffer_AfterDispose_ThrowsInsteadOfReading()
    {
        using var bench = new DeviceBench();
        DeviceBuffer buffer = bench.Compute.AllocateHost(4);
        buffer.Dispose();
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => ((IHostReadable)buffer).HostBytes.Length);
    }
}
