using PipelineBackprop.Checkpoints;
using PipelineBackprop.Compute;
using PipelineBackprop.Inference;
using PipelineBackprop.Layers;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Tests.Stages;
using PipelineBackprop.Tests.Training;
using PipelineBackprop.Training;
using Xunit;
using ElementType = PipelineBackprop.Tensors.ElementType;

namespace PipelineBackprop.Tests.Inference;

/// <summary>A predictor gives the pipeline's bits, from any thread, whatever else runs, and says in a sentence what it cannot use.</summary>
public sealed class PredictorTests
{
    private const int Inputs = 70, Outputs = 10, Rows = 300;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<ElementType, int, int> Settings() => new()
    {
        { ElementType.Float32, 1, 1 }, { ElementType.Float32, 2, 2 }, { ElementType.Float64, 1, 3 }, { ElementType.Float64, 3, 1 },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task Its_outputs_are_the_pipelines_bit_for_bit(ElementType format, int threads, int stages)
    {
        await using Pipeline pipeline = await CreateAsync(format, stages);
        await pipeline.TrainStepAsync(Trial.Classified(5, 64, Inputs, Outputs), Token);
        using Predictor predictor = await pipeline.CreatePredictorAsync(threads, Token);
        foreach (int rows in new[] { 1, 2, 5, 13, 64, 127, 128, 129, Rows })
        {
            float[] inputs = Trial.Gaussians((ulong)rows, rows * Inputs), outputs = new float[rows * Outputs];
            predictor.Predict(inputs, outputs, Token);
            Assert.Equal(await pipeline.PredictAsync(inputs, rows, Token), outputs);
            Assert.Equal(outputs, predictor.Predict(inputs, Token));
        }
        Assert.Equal(0, predictor.Ledger.InUse(MemoryPurpose.Workspace));
    }

    [Fact]
    public async Task It_keeps_the_parameters_it_was_made_with()
    {
        float[] inputs = Trial.Gaussians(1, Inputs);
        Predictor predictor;
        float[] before;
        await using (Pipeline pipeline = await CreateAsync(ElementType.Float32, stages: 2))
        {
            predictor = await pipeline.CreatePredictorAsync(cancellationToken: Token);
            before = await pipeline.PredictAsync(inputs, 1, Token);
            await pipeline.TrainStepAsync(Trial.Classified(5, 64, Inputs, Outputs), Token);
            Assert.NotEqual(before, await pipeline.PredictAsync(inputs, 1, Token));
        }
        Assert.Equal(before, predictor.Predict(inputs, Token));
        predictor.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Calls_at_the_same_time_each_get_their_own_rows_outputs(int threads)
    {
        const int Callers = 4, Calls = 200;
        await using Pipeline pipeline = await CreateAsync(ElementType.Float32, stages: 1);
        using Predictor predictor = await pipeline.CreatePredictorAsync(threads, Token);
        float[] inputs = Trial.Gaussians(3, Rows * Inputs), expected = await pipeline.PredictAsync(inputs, Rows, Token);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() =>
        {
            for (int call = 0; call < Calls; call++)
            {
                int rows = (call * (caller + 1) % 90) + 1, first = (caller * 31 + call * 7) % (Rows - rows);
                float[] outputs = predictor.Predict(inputs.AsSpan(first * Inputs, rows * Inputs), Token);
                Assert.Equal(expected[(first * Outputs)..((first + rows) * Outputs)], outputs);
            }
        }, Token)));
        Assert.Equal(0, predictor.Ledger.InUse(MemoryPurpose.Workspace));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(64, 2)]
    public async Task Warm_it_allocates_nothing(int rows, int threads)
    {
        await using Pipeline pipeline = await CreateAsync(ElementType.Float32, stages: 1);
        using Predictor predictor = await pipeline.CreatePredictorAsync(threads, Token);
        float[] inputs = Trial.Gaussians(3, rows * Inputs), outputs = new float[rows * Outputs];
        Allocations.AssertNone(() => predictor.Predict(inputs, outputs, Token), warmUps: 200, repeatsInARound: 20);
    }

    [Fact]
    public async Task A_checkpoint_loads_and_predicts_as_the_pipeline_that_saved_it()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("predictor");
        try
        {
            await using Pipeline pipeline = await CreateAsync(ElementType.Float32, stages: 1);
            PipelineState state = await pipeline.CaptureAsync(Token);
            string directory = await new CheckpointStore(folder.FullName).SaveAsync(new Checkpoint { Step = 0, Parameters = state.Parameters }, Token);
            using Predictor predictor = await Predictor.LoadAsync(pipeline.Options.Layers, directory, cancellationToken: Token);
            float[] inputs = Trial.Gaussians(9, 5 * Inputs);
            Assert.Equal(await pipeline.PredictAsync(inputs, 5, Token), predictor.Predict(inputs, Token));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task What_it_cannot_use_is_said_in_one_sentence()
    {
        await using Pipeline pipeline = await CreateAsync(ElementType.Float32, stages: 1);
        IReadOnlyList<Layer> layers = pipeline.Options.Layers;
        IReadOnlyList<NamedTensor> weights = (await pipeline.CaptureAsync(Token)).Parameters;
        Predictor predictor = Predictor.Create(layers, weights);

        Assert.Equal(
            "layer 0 (dense 70→40 relu) expects rows of 70 inputs, got 71 values.", Assert.Throws<InvalidInputException>(() => predictor.Predict(new float[71], Token)).Message);
        Assert.Throws<InvalidInputException>(() => predictor.Predict([], Token));
        Assert.StartsWith(
            "The outputs of 2 rows × 10 take 20 values, got room for 19.", Assert.Throws<ArgumentException>(() => predictor.Predict(new float[2 * Inputs], new float[19], Token)).Message);
        float[] shared = new float[Inputs + Outputs - 1];
        Assert.Throws<ArgumentException>(() => predictor.Predict(shared.AsSpan(0, Inputs), shared.AsSpan(Inputs - 1, Outputs), Token));
        Assert.Throws<OperationCanceledException>(() => predictor.Predict(new float[Inputs], new CancellationToken(canceled: true)));
        Assert.Equal("threads must be from 1 to 1024, got 0.", Assert.Throws<InvalidInputException>(() => Predictor.Create(layers, weights, new() { Threads = 0 })).Message);
        Assert.Equal(
            "the weights lack layers.0.bias [40], which the model needs.",
            Assert.Throws<InvalidInputException>(() => Predictor.Create(layers, [.. weights.Where(weight => weight.Name != "layers.0.bias")])).Message);
        Assert.Equal(
            "layers.0.weight of the model is [40, 70], got [70, 40].",
            Assert.Throws<InvalidInputException>(() => Predictor.Create(layers, [new NamedTensor("layers.0.weight", [70, 40], weights[0].Data), .. weights.Skip(1)])).Message);
        Assert.Equal("layers.0.weight is given twice; once is enough.", Assert.Throws<InvalidInputException>(() => Predictor.Create(layers, [.. weights, weights[0]])).Message);
        Assert.Equal(
            "the tensor at index 1 of those given is null, but each must be one of the model's.",
            Assert.Throws<InvalidInputException>(() => Predictor.Create(layers, [weights[0], null!])).Message);
        Assert.Throws<InvalidInputException>(() => Predictor.Create([], []));

        predictor.Dispose();
        predictor.Dispose();
        Assert.Throws<ObjectDisposedException>(() => predictor.Predict(new float[Inputs], Token));
    }

    [Fact]
    public async Task NaN_goes_through_or_is_refused_with_its_layer_as_in_the_pipeline()
    {
        float[] inputs = Trial.Gaussians(3, 3 * Inputs);
        inputs[Inputs + 5] = float.NaN;
        await using Pipeline once = await CreateAsync(ElementType.Float32, stages: 1);
        using Predictor lenient = await once.CreatePredictorAsync(cancellationToken: Token);
        float[] outputs = lenient.Predict(inputs, Token);
        Assert.Equal(await once.PredictAsync(inputs, 3, Token), outputs);
        Assert.Equal([false, true, false], Enumerable.Range(0, 3).Select(row => outputs.AsSpan(row * Outputs, Outputs).ContainsAnyExceptInRange(float.MinValue, float.MaxValue)));

        await using Pipeline always = await CreateAsync(ElementType.Float32, stages: 1, NonFiniteCheck.Action);
        using Predictor strict = await always.CreatePredictorAsync(cancellationToken: Token);
        await Assert.ThrowsAsync<PipelineException>(() => always.PredictAsync(inputs, 3, Token));
        Assert.StartsWith("layer 0 (dense 70→40 relu): ", Assert.Throws<ArithmeticException>(() => strict.Predict(inputs, Token)).Message);
        Assert.Equal(0, strict.Ledger.InUse(MemoryPurpose.Workspace));
        inputs[Inputs + 5] = 0;
        Assert.Equal(await always.PredictAsync(inputs, 3, Token), strict.Predict(inputs, Token));
    }

    [Fact]
    public void A_layer_that_throws_leaves_nothing_behind_and_disposing_waits_for_calls_under_way()
    {
        var probe = new ProbeLayer(new DenseLayer(3, 2));
        NamedTensor[] weights = [new("layers.0.weight", [2, 3], new float[] { 1, 2, 3, 4, 5, 6 }), new("layers.0.bias", [2], new float[] { 0.5f, 1 })];
        Predictor predictor = Predictor.Create([probe], weights);
        probe.AfterForward = (_, _, _) => throw new InvalidOperationException("spoilt");
        Assert.Equal("spoilt", Assert.Throws<InvalidOperationException>(() => predictor.Predict([1, 1, 1], Token)).Message);
        Assert.Equal(0, predictor.Ledger.InUse(MemoryPurpose.Workspace));
        // Under way when the predictor is disposed: the call comes to its end, and then everything is freed.
        probe.AfterForward = (_, _, _) => predictor.Dispose();
        Assert.Equal([6.5f, 16f], predictor.Predict([1, 1, 1], Token));
        Assert.Equal(0, predictor.Ledger.Accounts.Sum(account => account.Reserved));
        Assert.Throws<ObjectDisposedException>(() => predictor.Predict([1, 1, 1], Token));
    }

    [Fact]
    public void A_layer_that_returns_what_it_must_not_or_keeps_scratch_fails_the_call_by_its_name()
    {
        var own = new ContractLayer(2);
        NamedTensor[] weights = [new("layers.0.weight", [2, 3], new float[] { 1, 2, 3, 4, 5, 6 }), new("layers.0.bias", [2], new float[] { 0.5f, 1 })];
        using Predictor predictor = Predictor.Create([new DenseLayer(3, 2), own], weights);
        Func<LayerContext, DeviceTensor, DeviceTensor?> sound = own.OnForward;
        Fails("Forward returned [2×1]; it must return [2×2].", (context, x) => context.RentOutput(Shape.Matrix(x.Rows, 1)));
        Fails("Forward returned null; it must return a rented [2×2].", (_, _) => null);
        Fails("Forward returned the tensor [2×2] it was given and did not retain it; it must return one of its own, or the given one retained.", (_, x) => x);
        Fails("Forward rented scratch [3×5] and did not release it; a layer must release its scratch before it returns.", (context, x) =>
        {
            _ = context.RentScratch(Shape.Matrix(3, 5));
            return x.Retain();
        });

        void Fails(string sentence, Func<LayerContext, DeviceTensor, DeviceTensor?> forward)
        {
            own.OnForward = forward;
            Assert.Equal($"layer 1 (own 2): {sentence}", Assert.Throws<InvalidOperationException>(() => predictor.Predict([1, 1, 1, 2, 2, 2], Token)).Message);
            Assert.Equal(0, predictor.Ledger.InUse(MemoryPurpose.Workspace));
            own.OnForward = (_, _) => null;
            Assert.StartsWith("layer 1 (own 2): ", Assert.Throws<InvalidOperationException>(() => Predictor.Create([new DenseLayer(3, 2), own], weights)).Message, StringComparison.Ordinal);
            own.OnForward = sound;
            Assert.Equal([6.5f, 16f, 12.5f, 31f], predictor.Predict([1, 1, 1, 2, 2, 2], Token));
        }
    }

    private static Task<Pipeline> CreateAsync(ElementType format, int stages, NonFiniteCheck check = NonFiniteCheck.Step) =>
        new PipelineBuilder(Inputs).Dense(40, Activation.Relu).Dropout(0.5).Dense(64, Activation.Tanh).LayerNormalization().Dense(Outputs)
            .Stages(stages).Seed(2).With(options => options with { ElementType = format, NonFiniteCheck = check }).BuildAsync(Token);
}
