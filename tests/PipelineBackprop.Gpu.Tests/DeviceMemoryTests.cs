using ILGPU.Runtime.OpenCL;
using PipelineBackprop.Compute;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;
using PipelineBackprop.Training;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>The memory of devices as a budget.</summary>
public sealed class DeviceMemoryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sim:0")]
    [InlineData("sim:0,sim:0,sim:0")]
    [InlineData("sim:0,cpu,sim:1")]
    [InlineData("cpu,sim:1,sim:1")]
    public async Task Forecast_OnAnyDevices_IsWhatTheLedgerMeasures(string pins)
    {
        string[] names = pins.Split(',');
        await using Pipeline pipeline = await Data.Network().Stages(names.Length).MicroBatches(3).Devices(names).BuildAsync(Token);
        MemoryReport forecast = await MemoryForecast.TrainingAsync(pipeline.Options, 10, evaluated: 10, Token);
        await pipeline.TrainStepAsync(Data.Minibatch(1), Token);
        await pipeline.EvaluateAsync(Data.Minibatch(2), Token);
        Assert.Equal(forecast, MemoryReport.Of(pipeline.Ledger));
    }

    [Theory]
    [InlineData("sim:0")]
    [InlineData("sim:0,sim:0,cpu")]
    public async Task Forecast_ManyLooksForNan_KnowsWhatTheyTake(string pins)
    {
        // More looks of a stage in a pass than a watch has room for at first.
        string[] names = pins.Split(',');
        PipelineOptions options = await OptionsAsync([.. names.Select(DeviceCatalog.Find)]) with { Stages = names.Length, MicroBatches = 40, NonFiniteCheck = NonFiniteCheck.Action };
        MemoryReport forecast = await MemoryForecast.TrainingAsync(options, 40, evaluated: 700, Token);
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token);
        for (ulong step = 0; step < 2; step++) await pipeline.TrainStepAsync(Data.Minibatch(step, examples: 40), Token);
        await pipeline.EvaluateAsync(Data.Minibatch(2, examples: 700), Token);
        Assert.Equal(forecast, MemoryReport.Of(pipeline.Ledger));
        // A watch that has grown at least once, beside the smallest partial sums.
        Assert.True(forecast.Scratch >= 512 * sizeof(double) + 512 * sizeof(int), $"scratch of {forecast.Scratch} bytes");
    }

    [Fact]
    public async Task Forecast_ScratchThatHasNoRoom_IsRefusedBeforeTheRun()
    {
        PipelineOptions options = await OptionsAsync([new SimulatedDevice(0)]) with { Stages = 1 };
        MemoryReport forecast = await MemoryForecast.TrainingAsync(options, 10, 0, Token);
        Assert.Equal(GpuCompute.FewestScratch * sizeof(double), forecast.Scratch);
        PipelineOptions On(long bytes) => options with { Devices = [new SimulatedDevice(0, new SimulatedDeviceOptions(MemoryBytes: bytes))] };
        await MemoryForecast.TrainingAsync(On(forecast.Total), 10, 0, Token);
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => MemoryForecast.TrainingAsync(On(forecast.Total - 1), 10, 0, Token));
        Assert.StartsWith("Stage 0 needs ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forecast_MoreThanADeviceHas_IsRefusedBeforeTheRun()
    {
        var small = new SimulatedDevice(7, new SimulatedDeviceOptions(MemoryBytes: 3000));
        PipelineOptions options = await OptionsAsync([CpuDevice.Instance, small, small]);
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => MemoryForecast.TrainingAsync(options, 10, 0, Token));
        Assert.Matches("^Stages 1, 2 need [0-9,]+ bytes on sim:7, which has 3,000: ", error.Message);
        await MemoryForecast.TrainingAsync(options with { Devices = [CpuDevice.Instance] }, 10, 0, Token);
    }

    [Fact]
    public async Task Training_OutOfMemory_NamesThePlaceAndGoesOnWithLess()
    {
        // Enough for the parameters and a step of 3 examples, not for one of 300.
        var device = new SimulatedDevice(0, new SimulatedDeviceOptions(MemoryBytes: 16_000));
        PipelineOptions options = await OptionsAsync([CpuDevice.Instance, device, device]);
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token);
        StepResult before = await pipeline.TrainStepAsync(Data.Minibatch(1, examples: 3), Token);
        var fault = await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(Data.Minibatch(2, examples: 300), Token));
        Assert.IsType<DeviceMemoryException>(fault.InnerException);
        Assert.Contains("device sim:0 has no room for", fault.Message, StringComparison.Ordinal);
        Assert.Equal(0, pipeline.Ledger.InUse(MemoryPurpose.Stash));
        Assert.Equal(0, pipeline.Ledger.InUse(MemoryPurpose.Workspace));
        Assert.Equal(before.Step + 1, (await pipeline.TrainStepAsync(Data.Minibatch(3, examples: 3), Token)).Step);
    }

    [Theory]
    [InlineData(CLError.CL_MEM_OBJECT_ALLOCATION_FAILURE, true)]
    [InlineData(CLError.CL_OUT_OF_RESOURCES, true)]
    [InlineData(CLError.CL_OUT_OF_HOST_MEMORY, true)]
    [InlineData(CLError.CL_INVALID_BUFFER_SIZE, true)]
    [InlineData(CLError.CL_INVALID_CONTEXT, false)]
    [InlineData(CLError.CL_DEVICE_NOT_AVAILABLE, false)]
    public void An_allocation_that_fails_for_another_reason_does_not_ask_for_smaller_micro_batches(CLError error, bool isOutOfMemory) =>
        Assert.Equal(isOutOfMemory, DeviceMemoryException.IsCausedBy(new CLException(error)));

    [Fact]
    public void Scratch_IsTakenFromTheSameMemory()
    {
        using ICompute compute = new SimulatedDevice(0, new SimulatedDeviceOptions(MemoryBytes: 30_000)).Open(new ComputeOptions());
        using var pool = new TensorPool(compute.Allocate, new MemoryLedger().Open("test"));
        DeviceTensor wide = pool.Rent(Shape.Matrix(4000, 1), MemoryPurpose.Workspace), one = pool.Rent(Shape.Vector(1), MemoryPurpose.Workspace);
        // The losses of 4000 rows need 32,000 bytes.
        var fault = Assert.Throws<DeviceMemoryException>(() => compute.HalfSquaredError(wide, wide, 1, one, 0, null));
        Assert.Contains("no room for 32,000 bytes", fault.Message, StringComparison.Ordinal);
        compute.Fill(one, 7);
        Assert.Equal(49, compute.SumOfSquares(one));
    }

    private static async Task<PipelineOptions> OptionsAsync(IDevice[] devices)
    {
        await using Pipeline pipeline = await Data.Network().Stages(3).MicroBatches(3).BuildAsync(Token);
        return pipeline.Options with { Devices = devices };
    }
}
