using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu.Tests;

public sealed class DeviceTests
{
    [Fact]
    public void Find_EveryListedName_OpensUnderThatName()
    {
        Assert.Equal(["sim:0", "sim:1"], GpuDevices.List().Select(device => device.Name));
        foreach (AcceleratorDevice device in GpuDevices.List())
        {
            Assert.Same(device, GpuDevices.Find(device.Name));
            Assert.False(device.BuffersOutliveCompute);
            using ICompute compute = device.Open(new ComputeOptions(Threads: 1));
            Assert.Equal(device.Name, compute.Name);
            Assert.Equal(ElementType.Float32, compute.ElementType);
        }
    }

    [Theory]
    [InlineData("cuda:7")]
    [InlineData("sim:2")]
    [InlineData("SIM:0")]
    [InlineData("")]
    public void Find_UnknownName_NamesThoseThatExist(string name)
    {
        var error = Assert.Throws<InvalidInputException>(() => GpuDevices.Find(name));
        Assert.Equal($"Device '{name}' does not exist: choose one of sim:0, sim:1.", error.Message);
    }

    [Fact]
    public void Open_Float64_IsRefusedInOneSentence()
    {
        var error = Assert.Throws<InvalidInputException>(() => new SimulatedDevice(1).Open(new ComputeOptions(ElementType.Float64)));
        Assert.Equal("Device 'sim:1' computes in float32 only, but elementType is float64: use float32 or the device 'cpu'.", error.Message);
    }

    [Theory]
    [InlineData(3, 4, 1)]
    [InlineData(1, 4, 1)]
    [InlineData(4, 0, 1)]
    [InlineData(4, 3, 1)]
    [InlineData(2, 6, 1)]
    [InlineData(4, -4, 1)]
    [InlineData(4, 4, 0)]
    public void SimulatedDevice_ImpossibleShape_Throws(int warp, int warps, int multiprocessors) =>
        Assert.Throws<ArgumentException>(() => new SimulatedDevice(0, new SimulatedDeviceOptions(warp, warps, multiprocessors)));

    [Fact]
    public void SimulatedDevice_PossibleShapes_Open()
    {
        foreach (var (warp, warps, multiprocessors) in new[] { (2, 1, 3), (64, 1, 1), (2, 16, 5) })
            new SimulatedDevice(0, new SimulatedDeviceOptions(warp, warps, multiprocessors)).Open(new ComputeOptions()).Dispose();
    }

    [Fact]
    public void Null_IsRefusedByItsName()
    {
        Assert.Equal("name", Assert.Throws<ArgumentNullException>(() => DeviceCatalog.Find(null!)).ParamName);
        Assert.Equal("name", Assert.Throws<ArgumentNullException>(() => GpuDevices.Find(null!)).ParamName);
        Assert.Equal("options", Assert.Throws<ArgumentNullException>(() => new SimulatedDevice(0).Open(null!)).ParamName);
    }

    [Fact]
    public void TwoDevices_OnTwoThreads_ComputeIndependently()
    {
        var results = new double[2][];
        Exception?[] faults = new Exception?[2];
        var threads = new Thread[2];
        for (int i = 0; i < threads.Length; i++)
        {
            int index = i;
            threads[i] = new Thread(() =>
            {
                try { results[index] = Products(seed: (ulong)index); }
                catch (Exception fault) { faults[index] = fault; }
            });
            threads[i].Start();
        }
        foreach (Thread thread in threads) Assert.True(thread.Join(TimeSpan.FromSeconds(60)));
        Assert.All(faults, Assert.Null);
        Assert.Equal(Products(seed: 0), results[0]);
        Assert.Equal(Products(seed: 1), results[1]);
        Assert.NotEqual(results[0], results[1]);
    }

    [Fact]
    public void SameWork_OnDevicesOfDifferentGroups_IsBitEqual()
    {
        double[] expected = Products(seed: 9);
        foreach (var row in DeviceShapes.All) Assert.Equal(expected, Products(seed: 9, row.Data));
    }

    [Fact]
    public void Dispose_Twice_AndBuffersAfterwards_IsHarmless()
    {
        var bench = new DeviceBench();
        DeviceTensor tensor = bench.Vector([1, 2]);
        bench.Compute.SumOfSquares(tensor);
        bench.Compute.Dispose();
        bench.Compute.Dispose();
        tensor.Release();
        bench.Pool.Dispose();
    }

    // A chain that touches products, row sums, a loss and the reductions.
    private static double[] Products(ulong seed, SimulatedDeviceOptions? options = null)
    {
        using var bench = new DeviceBench(options, seed);
        DeviceTensor a = bench.Matrix(33, 17, bench.Values(33 * 17)), b = bench.Matrix(17, 29, bench.Values(17 * 29));
        DeviceTensor c = bench.Poisoned(Shape.Matrix(33, 29)), sums = bench.Poisoned(Shape.Vector(29)), losses = bench.Poisoned(Shape.Vector(1));
        for (int repeat = 0; repeat < 5; repeat++) bench.Compute.MatrixProduct(a, false, b, false, c, accumulate: repeat > 0);
        bench.Compute.Activate(new Activation(ActivationKind.Gelu), c, c);
        bench.Compute.SumRows(c, sums, accumulate: false);
        bench.Compute.SoftmaxCrossEntropy(c, bench.Matrix(33, 1, new double[33]), 0.1, losses, 0, c);
        return [.. bench.Read(c), .. bench.Read(sums), .. bench.Read(losses), bench.Compute.SumOfSquares(c)];
    }
}
