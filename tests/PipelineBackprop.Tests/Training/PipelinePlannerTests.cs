using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Planning;
using PipelineBackprop.Schedules;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>Plans of real layers, their times given so that no test asks a clock.</summary>
public sealed class PipelinePlannerTests
{
    private static readonly PlanLimits s_simple = new() { Schedules = ["1f1b", "gpipe"] };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 1, "1f1b", 30)]
    [InlineData(1, 4, "gpipe", 30)]
    [InlineData(2, 4, "1f1b", 32)]
    [InlineData(3, 8, "gpipe", 32)]
    [InlineData(3, 8, "1f1b", 33)]
    [InlineData(5, 4, "1f1b", 32)]
    [InlineData(6, 8, "gpipe", 8)]
    [InlineData(2, 4, "interleaved-1f1b", 32)]
    [InlineData(3, 8, "looped-bfs", 33)]
    [InlineData(2, 8, "zb-v", 32)]
    [InlineData(3, 8, "pipedream-2bw", 32)]
    [InlineData(3, 8, "v-min", 33)]
    [InlineData(3, 8, "zb-h1", 32)]
    [InlineData(3, 8, "zb-h2", 32)]
    [InlineData(6, 8, "zb-h1", 32)]
    [InlineData(3, 8, "zb-v", 32)]
    [InlineData(3, 6, "interleaved-zb", 24)]
    [InlineData(2, 8, "interleaved-zb", 32)]
    [InlineData(3, 8, "v-half", 32)]
    [InlineData(2, 4, "v-half", 32)]
    [InlineData(2, 8, "v-min", 32)]
    public async Task The_planners_bytes_are_those_of_the_dry_run(int stages, int microBatches, string schedule, int batchSize)
    {
        PipelineOptions options = Options() with { Stages = stages, MicroBatches = microBatches, Schedule = schedule };
        IReadOnlyList<MemoryReport> forecast = await MemoryForecast.TrainingByStageAsync(options, batchSize, evaluated: 0, Token);

        PipelinePlan plan = await Planner(options).AsConfiguredAsync(batchSize, Token);

        Assert.Equal((stages, forecast.Count), (plan.Devices, plan.Stages.Count));
        foreach (int[] onOne in Enumerable.Range(0, forecast.Count).GroupBy(stage => plan.Stages[stage].Device).Select(device => device.ToArray()))
        {
            // A last micro-batch that is shorter takes a little less than planned; stages of one device share the scratch that each is given.
            long exact = onOne.Sum(stage => forecast[stage].Total), planned = onOne.Sum(stage => plan.Stages[stage].Bytes);
            long shared = (onOne.Length - 1) * onOne.Max(stage => forecast[stage].Scratch);
            Assert.InRange(planned, exact, (batchSize % microBatches == 0 ? exact : exact * 1.1) + shared);
        }
    }

    [Theory]
    [InlineData(1, 4, "gpipe", "always")]
    [InlineData(2, 4, "1f1b", "always")]
    [InlineData(3, 8, "gpipe", "allButLast")]
    [InlineData(3, 8, "1f1b", "always never allButLast")]
    [InlineData(6, 8, "gpipe", "always")]
    [InlineData(6, 8, "1f1b", "allButLast")]
    public async Task The_planners_bytes_are_those_of_the_dry_run_with_recomputation(int stages, int microBatches, string schedule, string recomputation)
    {
        PipelineOptions options = Options() with
        {
            Stages = stages,
            MicroBatches = microBatches,
            Schedule = schedule,
            Recomputation = [.. recomputation.Split(' ').Select(one => Enum.Parse<Recomputation>(one, ignoreCase: true))],
        };
        IReadOnlyList<MemoryReport> forecast = await MemoryForecast.TrainingByStageAsync(options, 32, evaluated: 0, Token);

        PipelinePlan plan = await Planner(options).AsConfiguredAsync(32, Token);

        Assert.Equal(forecast.Select(stage => stage.Total), plan.Stages.Select(stage => stage.Bytes));
    }

    [Fact]
    public async Task BestAsync_LessMemoryThanAnyCutThatKeepsEverythingTakes_Recomputes()
    {
        PipelinePlanner planner = Planner(Even(4));
        var oneStage = new PlanLimits { MostStages = 1, MostMicroBatches = 1 };
        long kept = (await planner.BestAsync(512, oneStage, Token))!.LargestDeviceBytes;
        var tight = new PlanLimits { MostStages = 2, Schedules = ["gpipe"], Memory = 2 * kept / 5 };

        PipelinePlan plan = (await planner.BestAsync(512, tight, Token))!;

        Assert.Contains(plan.Stages, stage => stage.Recomputation != Recomputation.Never && stage.ForwardAgain > 0);
        Assert.InRange(plan.LargestDeviceBytes, 0, 2 * kept / 5);
    }

    [Fact]
    public async Task BestAsync_StagesOnOneRealDevice_ShareItsMemory()
    {
        var device = new NamedDevice("small", memoryBytes: 40_000);
        PipelineOptions options = Even(4) with { Stages = 2, Devices = [device, device] };
        PipelinePlan plan = (await Planner(options).BestAsync(64, new PlanLimits { MostMicroBatches = 4 }, Token))!;

        Assert.Equal(2, plan.Stages.Count);
        Assert.Equal(plan.Stages.Sum(stage => stage.Bytes), plan.LargestDeviceBytes);
        Assert.InRange(plan.LargestDeviceBytes, 0, 40_000);
        // The two take turns, so nothing runs at the same time.
        TimedAction[] inOrder = [.. plan.Timeline.OfDevice(0).Concat(plan.Timeline.OfDevice(1)).OrderBy(timed => timed.Start).ThenBy(timed => timed.End)];
        Assert.All(inOrder.Zip(inOrder.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start + 1e-12));
        Assert.Null(await Planner(options).BestAsync(64, new PlanLimits { MostMicroBatches = 4, Memory = plan.Stages.Max(stage => stage.Bytes) }, Token));
    }

    [Fact]
    public async Task BestAsync_EvenLayersAndDevicesEnough_TakesAllStages()
    {
        Assert.SkipUnless(Environment.ProcessorCount > 1, "stages gain nothing from each other on one core");
        PipelinePlan plan = (await Planner(Even(4)).BestAsync(64, s_simple with { MostStages = 4 }, Token))!;

        Assert.Equal([0, 1, 2, 3], plan.Boundaries);
        Assert.Equal((32, "1f1b"), (plan.MicroBatches, plan.Schedule));
    }

    [Fact]
    public async Task BestAsync_ByDefault_TriesEverySynchronousSchedule()
    {
        Assert.SkipUnless(Environment.ProcessorCount > 1, "stages gain nothing from each other on one core");
        string[] synchronous = [.. ScheduleCatalog.All.Where(generator => generator.Generate(2, 2).Staleness is null).Select(generator => generator.Name)];
        PipelinePlanner planner = Planner(Even(8));
        var alone = new Dictionary<string, double>();
        foreach (string schedule in synchronous) alone[schedule] = (await planner.BestAsync(64, new PlanLimits { MostStages = 4, Schedules = [schedule] }, Token))!.StepSeconds;

        PipelinePlan plan = (await planner.BestAsync(64, new PlanLimits { MostStages = 4 }, Token))!;

        Assert.Equal(synchronous.Order(), new PlanLimits().Schedules.Order());
        Assert.Equal((alone.Values.Min(), alone[plan.Schedule]), (plan.StepSeconds, plan.StepSeconds));
        Assert.True(plan.StepSeconds < alone["1f1b"]);
    }

    [Fact]
    public async Task BestAsync_TightMemory_GivesUpTimeForIt()
    {
        PipelinePlanner planner = Planner(Even(4));
        PipelinePlan plan = (await planner.BestAsync(64, new PlanLimits { MostStages = 2 }, Token))!;
        int plans = 1;
        while (await planner.BestAsync(64, new PlanLimits { MostStages = 2, Memory = plan.LargestDeviceBytes - 1 }, Token) is { } smaller)
        {
            Assert.True(smaller.LargestDeviceBytes < plan.LargestDeviceBytes && smaller.StepSeconds >= plan.StepSeconds);
            plan = smaller;
            plans++;
        }

        Assert.InRange(plans, 3, int.MaxValue);
        // What was promised is what the pipeline takes.
        PipelineOptions chosen = Even(4) with { Stages = plan.Devices, Boundaries = plan.Boundaries, MicroBatches = plan.MicroBatches, Schedule = plan.Schedule, Recomputation = plan.Recomputation };
        await using Pipeline pipeline = await Pipeline.CreateAsync(chosen, Token);
        await pipeline.TrainStepAsync(Trial.Classified(1, 64, 16, 16), Token);
        IEnumerable<long> devices = MemoryReport.ByStage(pipeline.Ledger).Zip(plan.Stages).GroupBy(stage => stage.Second.Device, (_, stages) => stages.Sum(stage => stage.First.Total));
        Assert.InRange(devices.Max(), 0, plan.LargestDeviceBytes);
    }

    [Fact]
    public async Task BestAsync_ListedDevices_HaveOneStageEach()
    {
        PipelinePlan plan = (await Planner(Even(4) with { Stages = 3, Devices = [CpuDevice.Instance, CpuDevice.Instance, CpuDevice.Instance] }).BestAsync(64, cancellationToken: Token))!;

        Assert.Equal(3, plan.Stages.Count);
    }

    [Fact]
    public async Task BestAsync_DevicesOfDifferentSpeed_GivesTheFasterMoreLayers()
    {
        NamedDevice fast = new("fast"), slow = new("slow", slowness: 3);
        var profiler = new MadeUpProfiler(Even(8) with { Stages = 2, Devices = [fast, slow] });

        PipelinePlan first = (await new PipelinePlanner(profiler.Options, profiler).BestAsync(64, s_simple, Token))!;
        PipelinePlan turned = (await Planner(profiler.Options with { Devices = [slow, fast] }).BestAsync(64, s_simple, Token))!;

        Assert.Equal([0, 6], first.Boundaries);
        Assert.Equal([0, 2], turned.Boundaries);
        Assert.InRange(turned.StepSeconds, 0.99 * first.StepSeconds, 1.01 * first.StepSeconds);
        // Every device by itself, once for each size of the micro-batch: 64, 32, … 2 rows.
        Assert.Equal(["fast", "slow"], profiler.Engines);
        Assert.Equal(2 * 6, profiler.Measured.Count);
        Assert.Equal(profiler.Measured.Count, profiler.Measured.Distinct().Count());
        Assert.Equal(["fast to slow", "slow to fast"], profiler.Links.Distinct());
    }

    [Theory]
    [InlineData("interleaved-1f1b", "a to b, b to a, b to c, c to a, a to c, c to b")]
    [InlineData("zb-v", "a to b, b to a, b to c, c to a, a to c, c to b")]
    public async Task AsConfiguredAsync_SeveralChunksADevice_KnowsTheWayFromTheLastDeviceToTheFirst(string schedule, string links)
    {
        PipelineOptions options = Even(6) with { Stages = 3, MicroBatches = 3, Schedule = schedule, Devices = [.. "abc".Select(name => new NamedDevice($"{name}"))] };
        var profiler = new MadeUpProfiler(options);

        PipelinePlan plan = await new PipelinePlanner(options, profiler).AsConfiguredAsync(12, Token);

        Assert.Equal(links.Split(", ").Order(), profiler.Links.Order());
        // A micro-batch has 4 rows: 1 µs to send, 4 to receive; where the V turns, within a device, only 4 to copy.
        Assert.Equal(schedule == "zb-v" ? [1, 5, 4, 5, 5, 4] : [1, 5, 5, 5, 5, 4], plan.Stages.Select((stage, index) => Math.Round(1e6 * stage.ForwardTransfer, 3)));
    }

    [Fact]
    public async Task AsConfiguredAsync_EachDeviceOfItsOwn_CountsBytesOfThat()
    {
        NamedDevice plain = new("plain");
        PipelineOptions options = new() { Layers = [.. Enumerable.Range(0, 3).Select(_ => new DenseLayer(64, 64))], Stages = 3, MicroBatches = 4, Devices = [CpuDevice.Instance, plain, CpuDevice.Instance] };
        IReadOnlyList<MemoryReport> forecast = await MemoryForecast.TrainingByStageAsync(options, 32, evaluated: 0, Token);

        PipelinePlan plan = await Planner(options).AsConfiguredAsync(32, Token);

        Assert.Equal(forecast.Select(stage => stage.Total), plan.Stages.Select(stage => stage.Bytes));
        // The processor keeps packed weights, which the other does not.
        Assert.NotEqual(plan.Stages[1].Bytes, (await Planner(options with { Devices = [] }).AsConfiguredAsync(32, Token)).Stages[1].Bytes);
    }

    [Fact]
    public async Task PlanComparison_SplitsTheWholeMinibatchOrHalvesIt()
    {
        PlanComparison comparison = await PlanComparison.CreateAsync(Planner(Even(6)), 64, devices: 3, Token);

        Assert.Equal([(64, 1), (64, 2), (64, 3)], comparison.Split.Select(plan => (plan.BatchSize, plan.Devices)));
        Assert.Equal([64, 32, 16, 8, 4], comparison.Smaller.Select(plan => plan.BatchSize));
        Assert.All(comparison.Smaller, plan => Assert.Equal((1, 1, 0L), (plan.Stages.Count, plan.MicroBatches, plan.TransferBytes)));
        for (int i = 1; i < comparison.Split.Count; i++) Assert.True(comparison.Split[i].StepSeconds < comparison.Split[i - 1].StepSeconds);
        for (int i = 1; i < comparison.Smaller.Count; i++) Assert.True(comparison.Smaller[i].Bytes < comparison.Smaller[i - 1].Bytes);
    }

    [Fact]
    public async Task AsConfiguredAsync_StagesOnTheProcessor_AreMeasuredTogether()
    {
        PipelineOptions options = Even(4) with { Stages = 2, MicroBatches = 4 };
        var profiler = new MadeUpProfiler(options);

        await new PipelinePlanner(options, profiler).AsConfiguredAsync(16, Token);

        Assert.Equal([("cpu", 4, Math.Min(2, Environment.ProcessorCount))], profiler.Measured);
    }

    private static PipelinePlanner Planner(PipelineOptions options) => new(options, new MadeUpProfiler(options));

    private static PipelineOptions Even(int layers) => new() { Layers = [.. Enumerable.Range(0, layers).Select(_ => new DenseLayer(16, 16, Activation.Relu))] };

    private static PipelineOptions Options() => new()
    {
        Layers =
        [
            new DropoutLayer(12, 0.1), new DenseLayer(12, 20, new Activation(ActivationKind.Gelu)), new LayerNormalizationLayer(20),
            new DenseLayer(20, 16, Activation.Relu), new DropoutLayer(16, 0.5), new DenseLayer(16, 5),
        ],
        Optimizer = new AdamOptimizer(),
        NonFiniteCheck = NonFiniteCheck.Step,
    };
}
