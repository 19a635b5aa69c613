using PipelineBackprop.Compute;
using PipelineBackprop.Configuration;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Schedules;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Configuration;

public sealed class RunModelTests
{
    private const string Text = """
        { "data": { "kind": "digits" },
          "model": { "layers": [
            { "kind": "dense", "outputs": 8, "activation": "leakyRelu", "slope": 0.2, "bias": false, "initializer": "zeros" }, { "kind": "dropout", "rate": 0.25 },
            { "kind": "layerNormalization", "epsilon": 0.001 }, { "kind": "activation", "activation": "gelu" }, { "kind": "dense", "outputs": 3 }], "loss": "softmaxCrossEntropy" } }
        """;

    private static readonly DataDescription s_classes = new("three classes", InputWidth: 5, TargetWidth: 1, ClassCount: 3);
    private static readonly DataDescription s_numbers = new("two numbers", InputWidth: 5, TargetWidth: 2, ClassCount: 0);

    [Fact]
    public void CreateOptions_EveryLayer_HasItsSettings()
    {
        PipelineOptions options = Create([]);

        var dense = Assert.IsType<DenseLayer>(options.Layers[0]);
        Assert.Equal((5, 8, false), (dense.Inputs, dense.Outputs, dense.HasBias));
        Assert.Equal(new Activation(ActivationKind.LeakyRelu, 0.2), dense.Activation);
        Assert.Equal("constant", dense.Parameters[0].Initializer.Name);
        Assert.Equal(0.25, Assert.IsType<DropoutLayer>(options.Layers[1]).Rate);
        Assert.Equal(0.001, Assert.IsType<LayerNormalizationLayer>(options.Layers[2]).Epsilon);
        Assert.Equal(ActivationKind.Gelu, Assert.IsType<ActivationLayer>(options.Layers[3]).Activation.Kind);
        Assert.Equal((8, 3), (options.Layers[4].Inputs, options.Layers[4].Outputs));
        Assert.IsType<SoftmaxCrossEntropyLoss>(options.Loss);
    }

    [Fact]
    public void CreateOptions_PipelineAndOptimizer_ArePassedOn()
    {
        PipelineOptions options = Create(
            ["seed=9", "optimizer={\"kind\":\"adamw\",\"learningRate\":0.25,\"beta1\":0.5,\"clipNorm\":2,\"weightDecay\":{\"lambda\":0.5,\"includeBiases\":true}}",
                "pipeline={\"stages\":3,\"boundaries\":[2,4],\"microBatches\":7,\"schedule\":\"gpipe\",\"threads\":2,\"devices\":[\"a\",\"b\",\"c\"],\"stallTimeoutSeconds\":1.5,\"nonFiniteCheck\":\"action\"}"]);

        var adam = Assert.IsType<AdamOptimizer>(options.Optimizer);
        Assert.Equal((0.25, 0.5, 0.999, true), (adam.LearningRate, adam.Beta1, adam.Beta2, adam.DecouplesDecay));
        Assert.Equal(new WeightDecay(0.5, Decoupled: true, IncludeExempt: true), options.WeightDecay);
        Assert.Equal((2.0, 3, 7, "gpipe", 2, 9UL), (options.ClipNorm, options.Stages, options.MicroBatches, options.Schedule, options.ThreadsPerStage, options.Seed));
        Assert.Equal([0, 2, 4], options.Boundaries);
        Assert.Equal(["a", "b", "c"], options.Devices.Select(device => device.Name));
        Assert.Equal((TimeSpan.FromSeconds(1.5), NonFiniteCheck.Action), (options.StallTimeout, options.NonFiniteCheck));
    }

    [Fact]
    public void CreateOptions_EveryOtherSettingOfThePipeline_IsPassedOn()
    {
        PipelineOptions options = Create(
            ["pipeline={\"stages\":2,\"chunks\":2,\"schedule\":\"interleaved-1f1b\",\"microBatches\":4,\"recomputation\":\"always\",\"helpOtherStages\":false,\"precision\":\"tf32\",\"replay\":\"off\"}"]);

        Assert.Equal((2, false, ProductPrecision.Tf32, LaunchReplay.Off), (options.Chunks, options.HelpOtherStages, options.Precision, options.Replay));
        Assert.Equal([Recomputation.Always], options.Recomputation);
    }

    [Theory]
    [InlineData("pipeline.precision=bf16", true)]
    [InlineData("pipeline.precision=tf32", false)]
    [InlineData("pipeline={\"precision\":\"bf16\",\"lossScaling\":false}", false)]
    [InlineData("pipeline.lossScaling=true", true)]
    public void CreateOptions_LossScaling_ComesWithBf16UnlessItIsSaid(string assignment, bool scaled) => Assert.Equal(scaled, Create([assignment]).LossScaling is not null);

    [Fact]
    public void CreateOptions_MoreOutputsThanClasses_AreAccepted() => Assert.Equal(4, Create(["model.layers.4.outputs=4"]).Layers[^1].Outputs);

    [Fact]
    public void CreateOptions_Sgd_HasMomentumAndCoupledDecay()
    {
        PipelineOptions options = Create(["optimizer={\"kind\":\"sgd\",\"momentum\":0.5,\"nesterov\":true,\"weightDecay\":{\"lambda\":0.5}}"]);

        var sgd = Assert.IsType<SgdOptimizer>(options.Optimizer);
        Assert.Equal((0.1, 0.5, true), (sgd.LearningRate, sgd.Momentum, sgd.Nesterov));
        Assert.Equal(new WeightDecay(0.5), options.WeightDecay);
    }

    [Fact]
    public void CreateOptions_Huber_HasItsDelta()
    {
        PipelineOptions options = RunModel.CreateOptions(
            RunFile.Parse(Text, "x.json", ["model.loss={\"kind\":\"huber\",\"delta\":2.5}", "model.layers.4.outputs=2"]), s_numbers, name => new Named(name));

        Assert.Equal(2.5, Assert.IsType<HuberLoss>(options.Loss).Delta);
    }

    [Theory]
    [InlineData("model.layers.4.outputs=2", "The last layer (dense 8→2) has 2 outputs, but three classes has 3 classes and needs as many.")]
    [InlineData("model.loss=huber", "'model.loss' is huber, which needs numbers to predict, but three classes holds classes; use softmaxCrossEntropy.")]
    [InlineData("model.layers.3.slope=0.5", "'model.layers.3': The setting \"slope\" does not belong to the activation gelu; only leakyRelu has a slope.")]
    public void CreateOptions_DoesNotFit_OneSentence(string assignment, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<InvalidInputException>(() => Create([assignment])).Message);

    [Fact]
    public void CreateTrainerOptions_CosineWithWarmUp_SpansTheWholeRun()
    {
        RunFile run = RunFile.Parse(Text, "x.json",
            ["optimizer.learningRate=2", "optimizer.schedule={\"kind\":\"cosine\",\"warmupSteps\":4,\"floor\":0.5}", "training={\"batchSize\":30,\"epochs\":3,\"earlyStopping\":{\"patience\":8}}"]);

        TrainerOptions options = RunModel.CreateTrainerOptions(run, trainExamples: 100, checkpoints: null);

        // Four minibatches an epoch, twelve steps, the first four of them the warm-up.
        Assert.Equal([0.5, 1, 1.5, 2, 2], Enumerable.Range(0, 5).Select(step => options.LearningRate!(step)));
        Assert.Equal(1, options.LearningRate!(12), 1e-12);
        Assert.Equal(1.5, options.LearningRate!(8), 1e-12);
        Assert.Equal(new EarlyStopping(EarlyStoppingMetric.TestLoss, 8), options.EarlyStopping);
        Assert.Equal((30, 3, null), (options.BatchSize, options.Epochs, options.Steps));
    }

    [Fact]
    public void CreateTrainerOptions_WhenToEvaluateSaveAndStop_IsPassedOn()
    {
        RunFile run = RunFile.Parse(Text, "x.json",
            ["training={\"evaluateEverySteps\":3,\"evaluateEveryEpochs\":null,\"checkpointEverySteps\":5,\"checkpointEveryEpochs\":2,\"shuffle\":false,\"dropLast\":true,\"earlyStopping\":{\"metric\":\"testAccuracy\",\"minimumDelta\":0.5}}"]);

        TrainerOptions options = RunModel.CreateTrainerOptions(run, trainExamples: 1000, checkpoints: null);

        Assert.Equal((3, null, 5, 2), (options.EvaluateEverySteps, options.EvaluateEveryEpochs, options.CheckpointEverySteps, options.CheckpointEveryEpochs));
        Assert.Equal((false, true), (options.Shuffle, options.DropLast));
        Assert.Equal(new EarlyStopping(EarlyStoppingMetric.TestAccuracy, 3, 0.5), options.EarlyStopping);
    }

    [Fact]
    public void CreateTrainerOptions_NoFullMinibatch_OneSentence()
    {
        RunFile run = RunFile.Parse(Text, "x.json", ["training={\"batchSize\":30,\"dropLast\":true}"]);

        Assert.Equal(
            "'training.batchSize' is 30, but there are 29 examples to train on, and 'training.dropLast' leaves out what is no full minibatch.",
            Assert.Throws<InvalidInputException>(() => RunModel.CreateTrainerOptions(run, 29, null)).Message);
        Assert.NotNull(RunModel.CreateTrainerOptions(run, 30, null));
    }

    private static PipelineOptions Create(IReadOnlyList<string> assignments) =>
        RunModel.CreateOptions(RunFile.Parse(Text, "x.json", assignments), s_classes, name => new Named(name));

    private sealed class Named(string name) : IDevice
    {
        public string Name => name;

        public bool BuffersOutliveCompute => true;

        public ICompute Open(ComputeOptions options) => new CpuDevice().Open(options);
    }
}
