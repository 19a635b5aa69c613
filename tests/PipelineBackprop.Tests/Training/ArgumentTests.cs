using System.Numerics.Tensors;
using PipelineBackprop.Compute;
using PipelineBackprop.Data;
using PipelineBackprop.Inference;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>Arguments that cannot be used are refused where they are given, by a name or in a sentence.</summary>
public sealed class ArgumentTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Null_is_refused_where_it_is_given()
    {
        PipelineBuilder builder = new PipelineBuilder(4).Dense(3);
        Assert.Throws<ArgumentNullException>("loss", () => builder.Loss(null!));
        Assert.Throws<ArgumentNullException>("optimizer", () => builder.Optimizer(null!));
        Assert.Throws<ArgumentNullException>("schedule", () => builder.Schedule(null!));
        Assert.Throws<ArgumentNullException>("devices", () => builder.Devices(null!));
        Assert.Throws<ArgumentNullException>("recomputation", () => builder.Recomputation(null!));
        Assert.Throws<ArgumentNullException>("change", () => builder.With(null!));
        Assert.Throws<ArgumentException>("change", () => builder.With(_ => null!));
        Tensor<float> some = Tensor.Create<float>(new float[4], [1, 4]);
        Assert.Throws<ArgumentNullException>("inputs", () => Minibatch.FromTensors(null!, some));
        Assert.Throws<ArgumentNullException>("targets", () => Minibatch.FromTensors(some, null!));
        await using Pipeline pipeline = await builder.BuildAsync(Token);
        await Assert.ThrowsAsync<ArgumentNullException>("inputs", () => pipeline.PredictAsync(null!, Token));
        await Assert.ThrowsAsync<ArgumentNullException>("options", () => Pipeline.CreateAsync(null!, Token));
        Assert.Throws<ArgumentNullException>("options", () => new PipelinePlanner(null!));
    }

    [Fact]
    public async Task Options_that_are_null_are_refused_by_forecasts_and_placement_too()
    {
        var options = new PipelineOptions { Layers = [new DenseLayer(4, 3)], Devices = null! };
        Func<Task>[] calls =
        [
            () => DevicePlacement.ResolveAsync(options, cancellationToken: Token), () => MemoryForecast.TrainingAsync(options, 8, 8, Token),
            () => MemoryForecast.InferenceAsync(options, 8, Token),
        ];
        foreach (Func<Task> call in calls) Assert.Equal("devices must not be null.", (await Assert.ThrowsAsync<InvalidInputException>(call)).Message);
    }

    [Fact]
    public async Task A_predictor_refuses_what_it_is_given_before_it_reads_the_disk()
    {
        Layer[] layers = [new DenseLayer(4, 3)];
        await Assert.ThrowsAsync<ArgumentNullException>("layers", () => Predictor.LoadAsync(null!, "no such directory", cancellationToken: Token));
        await Assert.ThrowsAsync<ArgumentNullException>("directory", () => Predictor.LoadAsync(layers, null!, cancellationToken: Token));
        InvalidInputException none = await Assert.ThrowsAsync<InvalidInputException>(() => Predictor.LoadAsync([], "no such directory", cancellationToken: Token));
        Assert.Equal("a model needs at least one layer, got none.", none.Message);
        Assert.StartsWith("the tensor at index 0 of those given is null", Assert.Throws<InvalidInputException>(() => Predictor.Create(layers, [null!])).Message, StringComparison.Ordinal);
        Assert.Equal("layer 1 must not be null.", Assert.Throws<InvalidInputException>(() => Predictor.Create([layers[0], null!], [])).Message);
    }

    [Fact]
    public async Task Outputs_that_no_array_holds_are_refused()
    {
        await using Pipeline pipeline = await new PipelineBuilder(1).Dense(50000).BuildAsync(Token);
        using Predictor predictor = await pipeline.CreatePredictorAsync(cancellationToken: Token);
        var inputs = new float[100000];
        string sentence = "the outputs of 100000 examples × 50000 are 5000000000 values, but one call gives at most 2147483591; ask for fewer examples at a time.";
        Assert.Equal(sentence, (await Assert.ThrowsAsync<InvalidInputException>(() => pipeline.PredictAsync(inputs, inputs.Length, Token))).Message);
        Assert.Equal(sentence, (await Assert.ThrowsAsync<InvalidInputException>(() => pipeline.EvaluateAsync(new Minibatch(inputs, inputs, inputs.Length), Token))).Message);
        Assert.StartsWith(
            "the outputs of 100000 rows × 50000 are 5000000000 values, ", Assert.Throws<InvalidInputException>(() => predictor.Predict(inputs, Token)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_set_without_examples_is_not_evaluated()
    {
        await using Pipeline pipeline = await new PipelineBuilder(4).Dense(3).BuildAsync(Token);
        var empty = new Dataset("drawn", 4, new float[4], 1, new float[1], 3).Slice(0, 0);
        Assert.Equal("drawn has no example to evaluate on.", (await Assert.ThrowsAsync<InvalidInputException>(() => pipeline.EvaluateAsync(empty, Token))).Message);
    }

    [Fact]
    public async Task Any_number_of_micro_batches_trains_and_predicts()
    {
        await using Pipeline pipeline = await new PipelineBuilder(4).Dense(3).MicroBatches(int.MaxValue).BuildAsync(Token);
        await using Pipeline plain = await new PipelineBuilder(4).Dense(3).MicroBatches(8).BuildAsync(Token);
        Minibatch minibatch = Trial.Classified(1, 8, 4, 3);
        Assert.Equal((await plain.TrainStepAsync(minibatch, Token)).Loss, (await pipeline.TrainStepAsync(minibatch, Token)).Loss);
        Assert.Equal(await plain.PredictAsync(minibatch.Inputs, 8, Token), await pipeline.PredictAsync(minibatch.Inputs, 8, Token));
    }

    [Fact]
    public void A_tensor_of_too_many_elements_is_refused_in_a_sentence()
    {
        Assert.Equal(
            "dense 100000→100000 has 10000000000 weights; one parameter has at most 2147483591.",
            Assert.Throws<InvalidInputException>(() => new PipelineBuilder(100000).Dense(100000)).Message);
        Assert.StartsWith(
            "[100000×100000] has 10000000000 elements; a tensor has at most 2147483647.",
            Assert.Throws<ArgumentException>(() => Shape.Matrix(100000, 100000)).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, Action<double>> Hyperparameters() => new()
    {
        { "learningRate", value => _ = new SgdOptimizer(value) },
        { "momentum", value => _ = new SgdOptimizer(0.1, value) },
        { "learningRate", value => _ = new AdamOptimizer(value) },
        { "beta1", value => _ = new AdamOptimizer(0.1, value) },
        { "beta2", value => _ = new AdamOptimizer(0.1, 0.9, value) },
        { "epsilon", value => _ = new AdamOptimizer(0.1, 0.9, 0.999, value) },
        { "delta", value => _ = new HuberLoss(value) },
        { "epsilon", value => _ = new LayerNormalizationLayer(4, value) },
        { "deviation", value => _ = Initializer.Normal(value) },
        { "activation", value => _ = new DenseLayer(4, 3, new Activation(ActivationKind.LeakyRelu, value)) },
        { "activation", value => _ = new ActivationLayer(4, new Activation(ActivationKind.LeakyRelu, value)) },
        { "activation", value => _ = new DenseLayer(4, 3, new Activation((ActivationKind)99, value)) },
        { "rate", value => _ = new DropoutLayer(4, value) },
    };

    [Theory]
    [MemberData(nameof(Hyperparameters), DisableDiscoveryEnumeration = true)]
    public void A_hyperparameter_that_is_not_finite_is_refused(string name, Action<double> create)
    {
        // NaN comes with either sign.
        foreach (double value in new[] { double.NaN, -double.NaN, double.PositiveInfinity, double.NegativeInfinity, -1 })
            Assert.Throws<ArgumentOutOfRangeException>(name, () => create(value));
    }

    [Fact]
    public async Task What_becomes_of_the_callers_lists_changes_no_pipeline()
    {
        List<Layer> layers = [new DenseLayer(4, 8), new DenseLayer(8, 3)];
        List<IDevice> devices = [CpuDevice.Instance, CpuDevice.Instance];
        List<int> boundaries = [0, 1];
        List<Recomputation> recomputation = [Recomputation.Never, Recomputation.Always];
        var options = new PipelineOptions { Layers = layers, Devices = devices, Boundaries = boundaries, Recomputation = recomputation, Stages = 2 };
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token);
        var planner = new PipelinePlanner(options, new MadeUpProfiler(options with { Layers = [.. layers] }));
        layers[1] = new DenseLayer(8, 300);
        layers.RemoveAt(0);
        devices.Clear();
        boundaries.Clear();
        recomputation.Clear();
        Assert.Equal(3, pipeline.Outputs);
        Assert.Equal((2, 2, 2), (pipeline.Options.Devices.Count, pipeline.Options.Boundaries!.Count, pipeline.Options.Recomputation.Count));
        await Assert.ThrowsAsync<InvalidInputException>(() => pipeline.TrainStepAsync(Minibatch.FromClasses(new float[4], [250]), Token));
        await pipeline.TrainStepAsync(Trial.Classified(1, 8, 4, 3), Token);
        Assert.Equal(2, (await planner.AsConfiguredAsync(8, Token)).Stages.Count);
    }
}
