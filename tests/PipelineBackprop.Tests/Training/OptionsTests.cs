using PipelineBackprop.Checkpoints;
using PipelineBackprop.Compute;
using PipelineBackprop.Data;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>Every sentence with which options, data and weights are refused.</summary>
public sealed class OptionsTests
{
    private static readonly PipelineOptions s_sound = new() { Layers = [new DenseLayer(4, 3), new DenseLayer(3, 2)], Stages = 2 };
    private static readonly Dataset s_data = Data(4, 2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<Func<PipelineOptions, PipelineOptions>, string> PipelineFaults() => new()
    {
        { options => options with { Layers = [] }, "a model needs at least one layer, got none." },
        {
            options => options with { Layers = [new DenseLayer(4, 3), new DenseLayer(5, 2)] },
            "layer 1 (dense 5→2) expects 5 inputs, got 3 from layer 0 (dense 4→3)."
        },
        { options => options with { Stages = 0 }, "stages must be from 1 to the 2 layers of the model, got 0." },
        { options => options with { Stages = 3 }, "stages must be from 1 to the 2 layers of the model, got 3." },
        { options => options with { Boundaries = [0] }, "boundaries must name the first layer of each of the 2 stages, got 1." },
        { options => options with { Boundaries = [1, 1] }, "boundary 0 must be 0, the first layer, got 1." },
        { options => options with { Boundaries = [0, 0] }, "boundary 1 must be a layer from 1 to 1, got 0." },
        { options => options with { Boundaries = [0, 2] }, "boundary 1 must be a layer from 1 to 1, got 2." },
        { options => options with { MicroBatches = 0 }, "microBatches must be at least 1, got 0." },
        { options => options with { ThreadsPerStage = -1 }, "threads must be from 1 to 1024 a stage, got -1." },
        { options => options with { ThreadsPerStage = 60000 }, "threads must be from 1 to 1024 a stage, got 60000." },
        { options => options with { Layers = null! }, "layers must not be null." },
        { options => options with { Layers = [new DenseLayer(4, 3), null!] }, "layer 1 must not be null." },
        { options => options with { Loss = null! }, "loss must not be null." },
        { options => options with { Optimizer = null! }, "optimizer must not be null." },
        { options => options with { WeightDecay = null! }, "weightDecay must not be null." },
        { options => options with { Schedule = null! }, "schedule must not be null." },
        { options => options with { TimeProvider = null! }, "timeProvider must not be null." },
        { options => options with { Recomputation = null! }, "recomputation must not be null." },
        { options => options with { Devices = null! }, "devices must not be null." },
        { options => options with { Devices = [CpuDevice.Instance, null!] }, "device 1 must not be null." },
        { options => options with { ElementType = (PipelineBackprop.Tensors.ElementType)9 }, "elementType must be one of Float32, Float64, got 9." },
        { options => options with { Recomputation = [(Recomputation)77] }, "recomputation must be one of Never, AllButLast, Always, got 77." },
        { options => options with { Layers = [new OwnLayer(0)] }, "layer 0 (own 4→0) must have at least 1 output, got 0." },
        { options => options with { Layers = [new OwnLayer(4) { Own = null! }] }, "layer 0 (own 4) gives null for its parameters; a layer without any gives an empty list." },
        {
            options => options with { Layers = [new OwnLayer(4) { Own = [OwnLayer.Parameter("a"), OwnLayer.Parameter("a")] }] },
            "layer 0 (own 4) has two parameters named a; each needs a name of its own."
        },
        {
            options => options with { Layers = [new OwnLayer(4) { Own = [OwnLayer.Parameter("")] }] },
            "parameter 0 of layer 0 (own 4) is null or lacks a name or an initializer, and needs both."
        },
        { options => options with { Optimizer = new OwnOptimizer("x", "x") }, "optimizer own has two states named x; each needs a name of its own." },
        { options => options with { Optimizer = new OwnOptimizer("") }, "optimizer own has a state without a name; each needs one." },
        {
            options => options with { Optimizer = new OwnOptimizer("previous") },
            "optimizer own has a state named previous, but previous is what the version of the weights before the newest is saved as; it needs another name."
        },
        {
            options => options with { Optimizer = new OwnOptimizer("mean.previous") },
            "optimizer own has a state named mean.previous, but previous is what the version of the weights before the newest is saved as; it needs another name."
        },
        { options => options with { ClipNorm = 0 }, "clipNorm must be positive and finite, got 0." },
        { options => options with { ClipNorm = double.NaN }, "clipNorm must be positive and finite, got NaN." },
        { options => options with { ClipNorm = double.PositiveInfinity }, "clipNorm must be positive and finite, got Infinity." },
        { options => options with { WeightDecay = new WeightDecay(-0.5) }, "weight decay λ must be at least 0 and finite, got -0.5." },
        { options => options with { WeightDecay = new WeightDecay(double.PositiveInfinity) }, "weight decay λ must be at least 0 and finite, got Infinity." },
        { options => options with { StallTimeout = TimeSpan.FromMilliseconds(49) }, "the stall timeout must be from 50 ms to 1 day, got 49 ms." },
        { options => options with { StallTimeout = TimeSpan.FromDays(2) }, "the stall timeout must be from 50 ms to 1 day, got 172800000 ms." },
        {
            options => options with { Devices = [CpuDevice.Instance, CpuDevice.Instance, CpuDevice.Instance] },
            "devices must name one device or one for each of the 2 stages, got 3."
        },
        {
            options => options with { Schedule = "gpip" },
            $"schedule \"gpip\" is unknown: did you mean \"gpipe\", among {string.Join(", ", ScheduleCatalog.Names)}?"
        },
        {
            options => options with { Schedule = "zb-v" },
            "schedule zb-v splits the layers over 4 stages on 2 devices, but the model has 2 layers."
        },
        { options => options with { Schedule = "zb-v", Chunks = 3 }, "chunks is 3, but schedule zb-v has 2 on each device." },
        { options => options with { Chunks = 2 }, "chunks is 2, but schedule 1f1b has 1 on each device." },
        { options => options with { Schedule = "looped-bfs", Chunks = 0 }, "chunks is 0, but schedule looped-bfs has 1 or more on each device." },
        {
            options => options with { Stages = 1, Schedule = "looped-bfs", Boundaries = [0] },
            "boundaries must name the first layer of each of the 2 stages, got 1."
        },
        {
            options => options with { Stages = 1, Schedule = "looped-bfs", Devices = [CpuDevice.Instance, CpuDevice.Instance] },
            "devices must name one device or one for each of the 1 device, got 2."
        },
        {
            options => options with { Schedule = "pipedream-2bw", LossScaling = new LossScaling() },
            "lossScaling cannot be used with the asynchronous schedule pipedream-2bw, whose steps begin before the scale of the step before is known."
        },
        {
            options => options with { WrittenSchedule = new PipeDream2BwSchedule().Generate(2, 4), MicroBatches = 12 },
            "schedule pipedream-2bw is written and asynchronous; of asynchronous schedules the engine runs those of the catalogue, by their name."
        },
        {
            options => options with { WrittenSchedule = new GPipeSchedule().Generate(3, 4), MicroBatches = 4 },
            "schedule gpipe is written for 3 stages and 4 micro-batches, but the pipeline has 2 and 4."
        },
        {
            options => options with { WrittenSchedule = new GPipeSchedule().Generate(2, 3), MicroBatches = 4 },
            "schedule gpipe is written for 2 stages and 3 micro-batches, but the pipeline has 2 and 4."
        },
        {
            options => options with { WrittenSchedule = new PipelineSchedule("swapped", 1, [1, 0], [[], []]) },
            "schedule swapped (2 stages, 1 micro-batch) cannot be run: 0F0 is missing from device 1"
        },
        {
            options => options with { WrittenSchedule = new ZeroBubbleVSchedule().Generate(1, 4), MicroBatches = 4 },
            "schedule zb-v is written for 1 device and 4 micro-batches, but the pipeline has 2 and 4."
        },
        {
            options => options with { Stages = 1, Chunks = 3, WrittenSchedule = new ZeroBubbleVSchedule().Generate(1, 4), MicroBatches = 4 },
            "schedule zb-v is written for 2 stages on 1 device, but chunks is 3."
        },
        {
            options => options with { WrittenSchedule = new PipelineSchedule("empty", 1, [0, 1], [[], []]) },
            "schedule empty (2 stages, 1 micro-batch) cannot be run: 0F0 is missing from device 0"
        },
    };

    [Theory]
    [MemberData(nameof(PipelineFaults), DisableDiscoveryEnumeration = true)]
    public async Task A_pipeline_that_cannot_work_is_refused(Func<PipelineOptions, PipelineOptions> fault, string sentence) =>
        Assert.Equal(sentence, (await Assert.ThrowsAsync<InvalidInputException>(() => Pipeline.CreateAsync(fault(s_sound), Token))).Message);

    [Fact]
    public async Task Boundaries_that_fit_are_taken_as_they_are()
    {
        await using Pipeline pipeline = await Pipeline.CreateAsync(s_sound with { Layers = [.. s_sound.Layers, new DenseLayer(2, 2)], Boundaries = [0, 2] }, Token);
        Assert.Equal([0, 2], pipeline.StageBoundaries);
    }

    [Fact]
    public void A_layer_that_does_not_fit_the_builder_is_refused() =>
        Assert.Equal(
            "layer 1 (dense 4→2) expects 4 inputs, got 3.",
            Assert.Throws<InvalidInputException>(() => new PipelineBuilder(5).Dense(3).Add(new DenseLayer(4, 2))).Message);

    public static TheoryData<Func<TrainerOptions, TrainerOptions>, string> TrainerFaults() => new()
    {
        { options => options with { BatchSize = 0 }, "batchSize must be at least 1, got 0." },
        { options => options with { Epochs = 0 }, "epochs must be at least 1, got 0." },
        { options => options with { Steps = 0 }, "steps must be at least 1, got 0." },
        { options => options with { EvaluateEverySteps = 0 }, "evaluateEverySteps must be at least 1, got 0." },
        { options => options with { EvaluateEveryEpochs = -2 }, "evaluateEveryEpochs must be at least 1, got -2." },
        { options => options with { CheckpointEverySteps = 0 }, "checkpointEverySteps must be at least 1, got 0." },
        { options => options with { CheckpointEveryEpochs = 0 }, "checkpointEveryEpochs must be at least 1, got 0." },
        { options => options with { DropLast = true, BatchSize = 7 }, "dropLast leaves nothing to train on: drawn has 6 examples and batchSize is 7." },
        { options => options with { EarlyStopping = new EarlyStopping(Patience: 0) }, "earlyStopping.patience must be at least 1, got 0." },
        {
            options => options with { EarlyStopping = new EarlyStopping(MinimumDelta: double.NaN) },
            "earlyStopping.minimumDelta must be at least 0 and finite, got NaN."
        },
        {
            options => options with { EarlyStopping = new EarlyStopping(), EvaluateEveryEpochs = null },
            "earlyStopping needs evaluations: set evaluateEverySteps or evaluateEveryEpochs, both of which are unset."
        },
    };

    [Theory]
    [MemberData(nameof(TrainerFaults), DisableDiscoveryEnumeration = true)]
    public async Task A_training_that_cannot_work_is_refused(Func<TrainerOptions, TrainerOptions> fault, string sentence)
    {
        await using Pipeline pipeline = await Pipeline.CreateAsync(s_sound, Token);
        Refused(sentence, pipeline, fault(new TrainerOptions()), s_data, s_data);
    }

    [Fact]
    public async Task Data_that_does_not_fit_is_refused()
    {
        await using Pipeline pipeline = await Pipeline.CreateAsync(s_sound, Token);
        await using Pipeline values = await Pipeline.CreateAsync(s_sound with { Loss = new HuberLoss() }, Token);
        var options = new TrainerOptions();
        Refused("layer 0 (dense 4→3) expects 4 inputs, but drawn has 5.", pipeline, options, Data(5, 2), null);
        Refused("layer 0 (dense 4→3) expects 4 inputs, but drawn has 5.", pipeline, options, s_data, Data(5, 2));
        Refused("the last layer has 2 outputs, but drawn has 3 classes.", pipeline, options, Data(4, 3), null);
        Refused("the loss softmaxCrossEntropy needs classes, but the targets of drawn are values.", pipeline, options, Data(4, 0), null);
        Refused("the loss huber on 2 outputs expects 2 target values an example, but drawn has 1.", values, options, s_data, null);
        Refused("drawn has no example to train on.", pipeline, options, s_data.Slice(0, 0), null);
        Refused("earlyStopping needs a test set, and drawn has none.", pipeline, options with { EarlyStopping = new EarlyStopping() }, s_data, null);
        Refused(
            "earlyStopping.metric testAccuracy needs a loss on classes, and huber has none; testLoss works with every loss.", values,
            options with { EarlyStopping = new EarlyStopping(EarlyStoppingMetric.TestAccuracy) }, Values(4, 2), Values(4, 2));
    }

    [Fact]
    public async Task Weights_that_do_not_fit_are_refused_and_change_nothing()
    {
        await using Pipeline pipeline = await Pipeline.CreateAsync(s_sound, Token);
        PipelineState before = await pipeline.CaptureAsync(Token);
        ParameterValues sound = (await pipeline.ReadParametersAsync(Token))[0] with { Values = new double[12] };
        await RefusedAsync("the model has no parameter or state layers.0.wieght; did you mean layers.0.weight?", sound with { Name = "layers.0.wieght" });
        await RefusedAsync("layers.1.weight of the model is [2, 3], got [3, 4].", sound with { Name = "layers.1.weight" });
        await RefusedAsync("layers.0.weight [3×4] needs 12 values, got 11.", sound with { Values = new double[11] });
        await RefusedAsync("layers.0.weight [3×4] needs 12 values, got null.", sound with { Values = null! });
        await RefusedAsync("the parameter at index 1 of those given is null or has no name, but each must be one of the model's.", null!);
        await RefusedAsync("layers.0.bias is NaN at index 2, but must be a finite number in float32.", new ParameterValues("layers.0.bias", Shape.Vector(3), [0, 0, double.NaN]));
        await RefusedAsync("layers.0.bias is 1E+200 at index 0, but must be a finite number in float32.", new ParameterValues("layers.0.bias", Shape.Vector(3), [1e200, 0, 0]));
        await RefusedAsync("layers.0.bias of the model is [3], got [1, 3].", new ParameterValues("layers.0.bias", Shape.Matrix(1, 3), new double[3]));
        InvalidInputException lacking = await Assert.ThrowsAsync<InvalidInputException>(() => pipeline.LoadParametersAsync([before.Parameters[0]], Token));
        Assert.Equal("the weights lack layers.0.bias [3], which the model needs.", lacking.Message);
        InvalidInputException surplus = await Assert.ThrowsAsync<InvalidInputException>(() =>
            pipeline.RestoreAsync(before with { OptimizerState = [new NamedTensor("layers.0.bias.momentum", [3], new float[3])] }, Token));
        Assert.Equal("the checkpoint has layers.0.bias.momentum, but the run has no such state; keep the optimizer settings that it was trained with.", surplus.Message);
        await Assert.ThrowsAsync<ArgumentNullException>(() => pipeline.WriteParametersAsync(null!, Token));
        await Assert.ThrowsAsync<ArgumentNullException>(() => pipeline.LoadParametersAsync(null!, Token));
        const string Null = "the tensor at index 0 of those given is null, but each must be one of the model's.";
        Assert.Equal(Null, (await Assert.ThrowsAsync<InvalidInputException>(() => pipeline.LoadParametersAsync([null!], Token))).Message);
        Trial.AssertBitEqual(before, await pipeline.CaptureAsync(Token));

        async Task RefusedAsync(string sentence, ParameterValues values) => Assert.Equal(
            sentence, (await Assert.ThrowsAsync<InvalidInputException>(() => pipeline.WriteParametersAsync([sound, values], Token))).Message);
    }

    private static void Refused(string sentence, Pipeline pipeline, TrainerOptions options, Dataset train, Dataset? test) =>
        Assert.Equal(sentence, Assert.Throws<InvalidInputException>(() => new Trainer(pipeline, options, train, test)).Message);

    private static Dataset Data(int width, int classes) => new("drawn", width, new float[6 * width], 1, new float[6], classes);

    private static Dataset Values(int width, int outputs) => new("drawn", width, new float[6 * width], outputs, new float[6 * outputs]);

    private sealed class OwnLayer(int outputs) : Layer
    {
        public override string Kind => "own";

        public override int Inputs => 4;

        public override int Outputs => outputs;

        public IReadOnlyList<ParameterSpecification> Own { get; init; } = [];

        public override IReadOnlyList<ParameterSpecification> Parameters => Own;

        public static ParameterSpecification Parameter(string name) => new(name, Shape.Vector(2), Initializer.Ones, IsDecayed: false);

        public override DeviceTensor Forward(LayerContext context, DeviceTensor x) => throw new NotSupportedException();

        public override DeviceTensor? BackwardInput(LayerContext context, DeviceTensor dy) => throw new NotSupportedException();

        public override DeviceTensor? RForward(LayerContext context, DeviceTensor x, DeviceTensor? rx) => throw new NotSupportedException();

        public override DeviceTensor? RBackwardInput(LayerContext context, DeviceTensor dy, DeviceTensor rdy) => throw new NotSupportedException();
    }

    [Fact]
    public async Task Chunks_of_the_builder_are_the_stages_of_each_device()
    {
        await using Pipeline pipeline = await new PipelineBuilder(4).Dense(4).Dense(4).Dense(4).Schedule("interleaved-1f1b").Chunks(3).BuildAsync(TestContext.Current.CancellationToken);
        Assert.Equal([0, 1, 2], pipeline.StageBoundaries);
    }

    private sealed class OwnOptimizer(params string[] states) : Optimizer
    {
        public override string Kind => "own";

        public override double LearningRate => 0.1;

        public override IReadOnlyList<string> StateNames => states;

        public override void Update(
            ICompute compute, in ParameterUpdate update, DeviceTensor gradient, IReadOnlyList<DeviceTensor> state, DeviceTensor parameter) => throw new NotSupportedException();
    }
}
