using System.Diagnostics;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Launches;
using PipelineBackprop.Layers;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Planning;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Training;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>Launches that come again are recorded and replayed, and nobody can tell by the numbers.</summary>
public sealed class LaunchReplayTests
{
    private const int Inputs = 11, Classes = 5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 1, "1f1b", true)]
    [InlineData(1, 3, "1f1b", true)]
    [InlineData(3, 3, "1f1b", true)]
    [InlineData(2, 4, "zb-v", true)]
    [InlineData(1, 3, "1f1b", false)]
    public async Task Training_WithReplay_IsBitEqualToTrainingWithout(int stages, int microBatches, string schedule, bool adam)
    {
        var device = new RecordedDevice();
        double[][] runs = [await TrainAsync(device, LaunchReplay.Auto), await TrainAsync(new SimulatedDevice(0), LaunchReplay.Auto)];
        Close.Bits(runs[1], runs[0], "with replay");
        if (stages == 3) Close.Bits(runs[1], await TrainAsync(new RecordedDevice(), LaunchReplay.Off), "with replay switched off");
        Assert.InRange(device.Recorder.ReplayedLaunches, 100, int.MaxValue);
        Assert.Equal(device.Recorder.Recorded, device.Recorder.Freed);

        async Task<double[]> TrainAsync(IDevice pin, LaunchReplay replay)
        {
            await using Pipeline pipeline = await Pipeline.CreateAsync(Options(stages, microBatches, schedule, adam, pin) with { Replay = replay }, Token);
            var losses = new List<double>();
            for (ulong step = 0; step < 9; step++)
            {
                // The last of every three minibatches is ragged, and the learning rate falls once.
                pipeline.LearningRate = step < 5 ? 0.02 : 0.01;
                losses.Add((await pipeline.TrainStepAsync(Data.Minibatch(step, examples: step % 3 == 2 ? 7 : 12), Token)).Objective);
                if (step == 4) losses.Add((await pipeline.EvaluateAsync(Data.Minibatch(77, examples: 20), Token)).Loss);
            }
            return [.. losses, .. (await pipeline.ReadParametersAsync(Token)).SelectMany(parameter => parameter.Values)];
        }
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(true, 3)]
    public async Task Training_WarmSteps_RecordNothingMoreAndReplayEverySegment(bool adam, int stages)
    {
        var device = new RecordedDevice();
        await using Pipeline pipeline = await Pipeline.CreateAsync(Options(stages, 2, "1f1b", adam, device), Token);
        for (ulong step = 0; step < 4; step++) await pipeline.TrainStepAsync(Data.Minibatch(step), Token);
        (int recorded, int replayed) = (device.Recorder.Recorded, device.Recorder.ReplayedLaunches);
        pipeline.LearningRate = 0.01;
        await pipeline.TrainStepAsync(Data.Minibatch(4), Token);
        int each = device.Recorder.ReplayedLaunches - replayed;
        await pipeline.TrainStepAsync(Data.Minibatch(5), Token);

        // Forward, loss, backward and weight gradient of two micro-batches, the sums of squares and the update of ten parameters; dropout and Adam's corrections
        // are others in every step, and so may η be.
        Assert.Equal((recorded, replayed + 2 * each), (device.Recorder.Recorded, device.Recorder.ReplayedLaunches));
        Assert.InRange(each, 75, 200);
    }

    [Theory]
    [InlineData(LaunchReplay.Auto)]
    [InlineData(LaunchReplay.Off)]
    public async Task The_planners_bytes_are_those_of_the_forecast_recorded_or_not(LaunchReplay replay)
    {
        PipelineOptions options = Options(1, 2, "1f1b", adam: true, new RecordedDevice()) with { Replay = replay };
        StageLoad load = new StageLoads(ScheduleCatalog.Get("1f1b").Generate(1, 2)).Of(0, Recomputation.Never);

        long bytes = new StageFootprint(options, options.Devices[0], rows: 5).Bytes(0, options.Layers.Count, load);

        Assert.Equal((await MemoryForecast.TrainingAsync(options, 10, evaluated: 0, Token)).Total, bytes);
    }

    [Fact]
    public async Task Forecast_WhereLaunchesAreRecorded_IsWhatTheLedgerMeasures()
    {
        PipelineOptions options = Options(3, 2, "1f1b", adam: true, new RecordedDevice());
        MemoryReport forecast = await MemoryForecast.TrainingAsync(options, 10, evaluated: 0, Token);
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token);
        for (ulong step = 0; step < 4; step++) await pipeline.TrainStepAsync(Data.Minibatch(step), Token);
        Assert.Equal(forecast, MemoryReport.Of(pipeline.Ledger));
    }

    [Theory]
    [InlineData(0, -1)]
    [InlineData(3, -1)]
    [InlineData(-1, 0)]
    [InlineData(-1, 7)]
    public async Task Training_RecorderFails_GoesOnWithoutItAndSaysSoOnce(int failsToRecord, int failsToReplay)
    {
        var device = new RecordedDevice("failing") { Recorder = new KeepingRecorder { FailsToRecord = failsToRecord, FailsToReplay = failsToReplay } };
        using var trace = new StringWriter();
        using var listener = new TextWriterTraceListener(trace);
        Trace.Listeners.Add(listener);
        double[] failing, plain;
        try
        {
            failing = await TrainAsync(device);
        }
        finally
        {
            Trace.Listeners.Remove(listener);
        }
        plain = await TrainAsync(new SimulatedDevice(0));

        Close.Bits(plain, failing, "after the failure");
        // Nothing is asked of a recorder that has failed.
        Assert.Equal(failsToRecord >= 0 ? failsToRecord + 1 : device.Recorder.Attempts, device.Recorder.Attempts);
        if (failsToReplay >= 0) Assert.Equal(failsToReplay + 1, device.Recorder.Replays);
        Assert.Equal(device.Recorder.Recorded, device.Recorder.Freed);
        Assert.Single(trace.ToString().Split('\n'), line => line.Contains("failing launches every kernel by itself from now on", StringComparison.Ordinal));

        static async Task<double[]> TrainAsync(IDevice pin)
        {
            await using Pipeline pipeline = await Pipeline.CreateAsync(Options(1, 2, "1f1b", adam: true, pin), Token);
            for (ulong step = 0; step < 5; step++) await pipeline.TrainStepAsync(Data.Minibatch(step), Token);
            return [.. (await pipeline.ReadParametersAsync(Token)).SelectMany(parameter => parameter.Values)];
        }
    }

    [Fact]
    public async Task A_step_that_fails_in_a_kernel_leaves_nothing_waiting()
    {
        await using Pipeline pipeline = await Data.Network().MicroBatches(2).Devices(new RecordedDevice()).BuildAsync(Token);
        await using Pipeline reference = await Data.Network().MicroBatches(2).Devices(new SimulatedDevice(0)).BuildAsync(Token);
        Minibatch good = Data.Minibatch(1);
        var infinite = new float[good.Inputs.Length];
        Array.Fill(infinite, float.PositiveInfinity);
        for (int round = 0; round < 3; round++)
        {
            Assert.Equal((await reference.TrainStepAsync(good, Token)).Objective, (await pipeline.TrainStepAsync(good, Token)).Objective);
            await Assert.ThrowsAsync<Stages.PipelineException>(() => pipeline.TrainStepAsync(new Minibatch(infinite, good.Targets, good.Count), Token));
            Assert.Equal((0L, 0L), (pipeline.Ledger.InUse(MemoryPurpose.Stash), pipeline.Ledger.InUse(MemoryPurpose.Workspace)));
        }
    }

    [Fact]
    public void Launches_OtherMemoryShapeOrNumber_AreNotReplayed()
    {
        var device = new RecordedDevice();
        using ICompute compute = device.Open(new ComputeOptions());
        using var pool = new TensorPool(compute.Allocate, new MemoryLedger().Open("test"));
        DeviceTensor a = pool.Rent(Shape.Vector(6), MemoryPurpose.Workspace), b = pool.Rent(Shape.Vector(6), MemoryPurpose.Workspace);
        DeviceTensor part = pool.Rent(Shape.Vector(4), MemoryPurpose.Workspace);

        for (int round = 0; round < 3; round++) Run(a, 2, 3, [6, 6, 6, 6, 6, 6]);
        Assert.Equal((1, 4), (device.Recorder.Recorded, device.Recorder.ReplayedLaunches));
        Run(b, 2, 3, [6, 6, 6, 6, 6, 6]);
        Run(a, 2, 4, [8, 8, 8, 8, 8, 8]);
        Run(a, 3, 3, [9, 9, 9, 9, 9, 9]);
        Run(part, 2, 3, [6, 6, 6, 6]);
        Run(a, 2, -0.0, [-0.0, -0.0, -0.0, -0.0, -0.0, -0.0]);
        Run(a, 2, 0.0, [0, 0, 0, 0, 0, 0]);
        Assert.Equal((1, 4), (device.Recorder.Recorded, device.Recorder.ReplayedLaunches));
        // In another order, and one more.
        compute.Scale(a, 3, a);
        compute.Fill(a, 2);
        Assert.Equal([2.0, 2, 2, 2, 2, 2], Read(a));
        compute.Fill(b, 1);
        Run(a, 2, 3, [6, 6, 6, 6, 6, 6]);
        Assert.Equal((1, 4), (device.Recorder.Recorded, device.Recorder.ReplayedLaunches));
        Run(a, 2, 3, [6, 6, 6, 6, 6, 6]);
        Assert.Equal((1, 6), (device.Recorder.Recorded, device.Recorder.ReplayedLaunches));

        void Run(DeviceTensor x, double value, double factor, double[] expected)
        {
            compute.Fill(x, value);
            compute.Scale(x, factor, x);
            Close.Bits(expected, Read(x), $"{value} · {factor}");
        }

        double[] Read(DeviceTensor x)
        {
            var values = new double[x.ElementCount];
            compute.Download(x, values);
            return values;
        }
    }

    [Fact]
    public void Recordings_AreForgottenBeforeMemoryIsFreedAndWhereThereAreTooMany()
    {
        var device = new RecordedDevice();
        using ICompute compute = device.Open(new ComputeOptions());
        using var pool = new TensorPool(compute.Allocate, new MemoryLedger().Open("test"));
        DeviceTensor x = pool.Rent(Shape.Vector(3), MemoryPurpose.Workspace);
        var read = new double[3];
        for (int round = 0; round < 3; round++) Run(0);
        using (DeviceBuffer other = compute.Allocate(5)) Assert.Equal((1, 0), (device.Recorder.Recorded, device.Recorder.Freed));
        Assert.Equal(1, device.Recorder.Freed);

        for (int round = 0; round < 2; round++) Run(0);
        for (int value = 1; value <= LaunchQueue.MostSegments; value++) Run(value);
        Assert.Equal((2, 2), (device.Recorder.Recorded, device.Recorder.Freed));
        Run(1);

        void Run(int value)
        {
            compute.Fill(x, value);
            compute.Scale(x, 2, x);
            compute.Download(x, read);
            Assert.Equal([2.0 * value, 2.0 * value, 2.0 * value], read);
        }
    }

    [Fact]
    public void Launches_ManyInARow_AreLaunchedBeforeAnybodyAsks()
    {
        var device = new RecordedDevice();
        using ICompute compute = device.Open(new ComputeOptions());
        using var pool = new TensorPool(compute.Allocate, new MemoryLedger().Open("test"));
        DeviceTensor x = pool.Rent(Shape.Vector(1), MemoryPurpose.Workspace);
        compute.Fill(x, 0);
        compute.Flush();
        for (int i = 0; i < 3 * LaunchQueue.Longest; i++) compute.Fill(x, 7);

        // The same numbers three times over: plainly, recorded, replayed.
        Assert.Equal((1, 2 * LaunchQueue.Longest), (device.Recorder.Recorded, device.Recorder.ReplayedLaunches));
    }

    private static PipelineOptions Options(int stages, int microBatches, string schedule, bool adam, IDevice device) => new()
    {
        Layers =
        [
            new DenseLayer(Inputs, 13, Activation.Relu), new DropoutLayer(13, 0.2), new LayerNormalizationLayer(13), new DenseLayer(13, 9, new Activation(ActivationKind.Gelu)),
            new DenseLayer(9, 9, Activation.Tanh), new DenseLayer(9, Classes),
        ],
        Stages = stages,
        MicroBatches = microBatches,
        Schedule = schedule,
        Optimizer = adam ? new AdamOptimizer(0.02, decoupledDecay: true) : new SgdOptimizer(0.02, momentum: 0.9),
        WeightDecay = new WeightDecay(0.01),
        Devices = [device],
        Seed = 5,
    };
}
