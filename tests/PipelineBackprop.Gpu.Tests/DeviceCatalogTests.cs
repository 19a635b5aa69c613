using PipelineBackprop.Compute;
using PipelineBackprop.Training;

namespace PipelineBackprop.Gpu.Tests;

public sealed class DeviceCatalogTests
{
    [Fact]
    public void List_EveryDevice_SaysWhatItIs()
    {
        Assert.Equal("cpu", DeviceCatalog.List()[0].Name);
        foreach (IDevice device in DeviceCatalog.List())
        {
            Assert.Same(device, DeviceCatalog.Find(device.Name));
            DeviceDescription description = device.Description;
            Assert.Equal(device.Name, description.Name);
            Assert.StartsWith(description.Kind, device.Name, StringComparison.Ordinal);
            Assert.True(description.MemoryBytes > 1 << 20, $"{device.Name} has {description.MemoryBytes} bytes");
            Assert.NotEmpty(description.Capabilities);
            Assert.NotEqual("", description.MatrixLibrary);
        }
    }

    [Theory]
    [InlineData("gpu", "there is no device \"gpu\"; there are cpu, ")]
    [InlineData("sim:2", "(did you mean \"sim:")]
    [InlineData("Auto", "auto")]
    public void Find_UnknownName_ListsThoseThatExist(string name, string says)
    {
        var error = Assert.Throws<InvalidInputException>(() => DeviceCatalog.Find(name));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.All(DeviceCatalog.List(), device => Assert.Contains(device.Name, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Choose_WithoutGpus_IsTheProcessor()
    {
        var auto = new AutomaticDevice([CpuDevice.Instance, new SimulatedDevice(0)]);
        Assert.Equal(["cpu", "cpu"], auto.Choose([new StageDemand(1, 1), new StageDemand(1, 1)]).Select(device => device.Name));
    }

    [Fact]
    public void Choose_CudaAndOpenClGpus_TakesCudaOnly()
    {
        var auto = new AutomaticDevice([CpuDevice.Instance, new Gpu("cuda:0"), new Gpu("cuda:1"), new Gpu("opencl:0"), new Gpu("opencl:1")]);
        Assert.Equal(["cuda:0", "cuda:1"], auto.Choose([new StageDemand(1, 1), new StageDemand(1, 1)]).Select(device => device.Name));
    }

    [Fact]
    public async Task Auto_InABuilder_BecomesTheDevicesItChose()
    {
        await using Pipeline pipeline = await new PipelineBuilder(4).Dense(3).Dense(2).Stages(2).Devices("auto", "sim:1").BuildAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual("auto", pipeline.Options.Devices[0].Name);
        Assert.Equal("sim:1", pipeline.Options.Devices[1].Name);
    }

    [Fact]
    public async Task AChooser_OfTwoDevices_IsToldWhatEachTakesForEachStage()
    {
        var chooser = new Chooser([new SimulatedDevice(0), CpuDevice.Instance]);
        PipelineOptions options = (await new PipelineBuilder(4).Dense(3).Dense(2).Dense(2).Stages(3).BuildAsync(TestContext.Current.CancellationToken)).Options;
        options = await DevicePlacement.ResolveAsync(options with { Devices = [chooser] }, rows: 2, TestContext.Current.CancellationToken);
        Assert.Equal(["cpu", "sim:0", "cpu"], options.Devices.Select(device => device.Name));
        Assert.Equal([3, 3], chooser.Seconds!.Select(stages => stages.Count));
        Assert.All(chooser.Seconds!.SelectMany(stages => stages), seconds => Assert.True(seconds > 0));
    }

    [Fact]
    public async Task AChooser_OfOneDevice_MeasuresNothing()
    {
        var chooser = new Chooser([CpuDevice.Instance]);
        PipelineOptions options = (await new PipelineBuilder(4).Dense(3).Dense(2).Stages(2).BuildAsync(TestContext.Current.CancellationToken)).Options;
        await DevicePlacement.ResolveAsync(options with { Devices = [chooser] }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Null(chooser.Seconds);
    }

    // Takes the last, the one before, and so on.
    private sealed class Chooser(IDevice[] candidates) : IDeviceChooser
    {
        public IReadOnlyList<IDevice> Candidates => candidates;

        public IReadOnlyList<IReadOnlyList<double>>? Seconds { get; private set; }

        public string Name => "chooser";

        public bool BuffersOutliveCompute => false;

        public IReadOnlyList<IDevice> Choose(IReadOnlyList<StageDemand> stages, IReadOnlyList<IReadOnlyList<double>>? seconds = null)
        {
            Seconds = seconds;
            return [.. stages.Select((_, stage) => candidates[(stage + candidates.Length - 1) % candidates.Length])];
        }

        public ICompute Open(ComputeOptions options) => throw new NotSupportedException();
    }

    private sealed class Gpu(string name) : IDevice
    {
        public string Name => name;

        public bool BuffersOutliveCompute => false;

        public DeviceDescription Description => new(name, name.Split(':')[0], "a GPU", 1 << 30, ["all"], "none", IsGpu: true);

        public ICompute Open(ComputeOptions options) => throw new NotSupportedException();
    }
}
