using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>Hessian-vector products through whole pipelines: what they are, that they are the same for every split, and that they change nothing.</summary>
public sealed class HessianVectorTests
{
    private const int Inputs = 7, Outputs = 4, Examples = 11;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool> Models()
    {
        var models = new TheoryData<string, bool>();
        foreach (string activation in ActivationNames.All)
            foreach (bool bias in new[] { true, false }) models.Add(activation, bias);
        return models;
    }

    public static TheoryData<string> LossNames() => [.. LossRegistry.Kinds.Select(kind => kind.Name)];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Products_are_the_central_differences_of_gradients_for_every_layer_and_activation(string activation, bool bias)
    {
        await using Pipeline pipeline = await BuildAsync(activation, bias);
        await AssertCentralDifferencesAsync(pipeline, MinibatchFor(new SoftmaxCrossEntropyLoss()));
    }

    [Theory]
    [MemberData(nameof(LossNames))]
    public async Task Products_are_the_central_differences_of_gradients_for_every_loss(string name)
    {
        Loss loss = LossRegistry.Create(name);
        await using Pipeline pipeline = await BuildAsync("tanh", bias: true, options => options with { Loss = loss });
        await AssertCentralDifferencesAsync(pipeline, MinibatchFor(loss));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Coupled_decay_adds_what_it_multiplies_and_decoupled_decay_nothing(bool decoupled, bool includeExempt)
    {
        const double Lambda = 0.3;
        Minibatch minibatch = MinibatchFor(new SoftmaxCrossEntropyLoss());
        await using Pipeline plain = await BuildAsync("tanh", bias: true, options => options with { WeightDecay = WeightDecay.None });
        await using Pipeline decayed = await BuildAsync(
            "tanh", bias: true, options => options with { WeightDecay = new WeightDecay(Lambda, decoupled, includeExempt) });
        IReadOnlyList<ParameterValues> v = await DirectionAsync(plain, 1);
        HessianVectorResult without = await plain.HessianVectorProductAsync(minibatch, v, Token), with = await decayed.HessianVectorProductAsync(minibatch, v, Token);
        for (int p = 0; p < v.Count; p++)
        {
            double lambda = decoupled || !(includeExempt || v[p].Name.EndsWith("weight", StringComparison.Ordinal)) ? 0 : Lambda;
            double[] expected = [.. without.Product[p].Values.Zip(v[p].Values, (product, along) => product + lambda * along)];
            Close.InNorm(expected, with.Product[p].Values, 1e-14, v[p].Name);
        }
    }

    // uᵀHv = vᵀHu to the rounding of float64 over sums of a few hundred terms.
    [Theory]
    [MemberData(nameof(Models))]
    public async Task The_Hessian_is_symmetric(string activation, bool bias)
    {
        await using Pipeline pipeline = await BuildAsync(activation, bias);
        Minibatch minibatch = MinibatchFor(new SoftmaxCrossEntropyLoss());
        IReadOnlyList<ParameterValues> u = await DirectionAsync(pipeline, 1), v = await DirectionAsync(pipeline, 2);
        double[] hu = await ProductAsync(pipeline, minibatch, u), hv = await ProductAsync(pipeline, minibatch, v);
        double uhv = Dot(Flat(u), hv), vhu = Dot(Flat(v), hu);
        Assert.Equal(uhv, vhu, 1e-13 * Math.Sqrt(Dot(Flat(u), Flat(u)) * Dot(hv, hv)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public async Task Products_are_bit_equal_for_every_schedule_stage_and_thread_count(int microBatches)
    {
        const int Layers = 7;
        double[] reference = await RunAsync("gpipe", 1, 1, 1);
        foreach (IScheduleGenerator generator in ScheduleCatalog.All.Where(generator => generator.Generate(1, 1).Staleness is null))
            foreach (int stages in new[] { 1, 2, 3 })
                foreach (int chunks in Enumerable.Range(1, Layers / stages).Where(generator.Chunks.Contains).Where(count => count <= 3))
                    foreach (int threads in new[] { 1, 2 })
                        Close.Bits(
                            reference, await RunAsync(generator.Name, stages, chunks, threads), $"{generator.Name}, {stages} stages, {chunks} chunks, {threads} threads");
        foreach (Recomputation recomputation in Enum.GetValues<Recomputation>())
            Close.Bits(reference, await RunAsync("1f1b", 3, 1, 1, recomputation), $"recomputation {recomputation}");

        async Task<double[]> RunAsync(string schedule, int stages, int chunks, int threads, Recomputation recomputation = Recomputation.Never)
        {
            await using Pipeline pipeline = await BuildAsync("gelu", bias: true, options => options with
            {
                ElementType = ElementType.Float32,
                Schedule = schedule,
                Stages = stages,
                Chunks = chunks,
                ThreadsPerStage = threads,
                MicroBatches = microBatches,
                Recomputation = [recomputation],
            });
            return await ProductAsync(pipeline, MinibatchFor(new SoftmaxCrossEntropyLoss()), await DirectionAsync(pipeline, 1));
        }
    }

    [Fact]
    public async Task A_product_changes_nothing_and_reports_the_objective_of_the_gradient()
    {
        Minibatch minibatch = MinibatchFor(new SoftmaxCrossEntropyLoss());
        await using Pipeline pipeline = await BuildAsync("tanh", bias: true, options => options with { Stages = 3, MicroBatches = 4 });
        await using Pipeline untouched = await BuildAsync("tanh", bias: true, options => options with { Stages = 3, MicroBatches = 4 });
        foreach (Pipeline each in new[] { pipeline, untouched }) await each.TrainStepAsync(minibatch, Token);
        HessianVectorResult result = await pipeline.HessianVectorProductAsync(minibatch, await DirectionAsync(pipeline, 1), Token);
        Trial.AssertBitEqual(await untouched.CaptureAsync(Token), await pipeline.CaptureAsync(Token));
        Trial.AssertNothingLent(pipeline);
        Assert.Equal(1, pipeline.StepsTaken);
        GradientResult gradient = await pipeline.ComputeGradientsAsync(minibatch, Token);
        Assert.Equal((gradient.Loss, gradient.Regularization), (result.Loss, result.Regularization));
        Assert.Equal((await untouched.TrainStepAsync(minibatch, Token)).Loss, (await pipeline.TrainStepAsync(minibatch, Token)).Loss);
        Trial.AssertBitEqual(await untouched.CaptureAsync(Token), await pipeline.CaptureAsync(Token));
    }

    [Fact]
    public async Task Parameters_that_are_not_named_stay_where_they_are()
    {
        Minibatch minibatch = MinibatchFor(new SoftmaxCrossEntropyLoss());
        await using Pipeline pipeline = await BuildAsync("tanh", bias: true, options => options with { Stages = 2 });
        IReadOnlyList<ParameterValues> v = await DirectionAsync(pipeline, 1);
        ParameterValues[] padded = [.. v.Select((values, p) => p == 2 ? values : values with { Values = new double[values.Values.Length] })];
        Close.Bits(await ProductAsync(pipeline, minibatch, padded), await ProductAsync(pipeline, minibatch, [v[2]]), "Hv");
    }

    [Fact]
    public async Task A_direction_that_does_not_fit_is_refused_in_a_sentence()
    {
        await using Pipeline pipeline = await BuildAsync("tanh", bias: true);
        Minibatch minibatch = MinibatchFor(new SoftmaxCrossEntropyLoss());
        ParameterValues bias = (await DirectionAsync(pipeline, 1))[1];
        await AssertRefusedAsync("layers.1.bais", bias with { Name = "layers.1.bais" });
        await AssertRefusedAsync("layers.1.bias of the model is [8], got [3]", bias with { Shape = Shape.Vector(3), Values = new double[3] });
        await AssertRefusedAsync("needs", bias with { Values = new double[3] });
        await AssertRefusedAsync("finite", bias with { Values = [.. bias.Values.Select(_ => double.NaN)] });
        await AssertRefusedAsync("twice", bias, bias);

        async Task AssertRefusedAsync(string says, params ParameterValues[] direction) => Assert.Contains(
            says, (await Assert.ThrowsAsync<InvalidInputException>(() => pipeline.HessianVectorProductAsync(minibatch, direction, Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_without_parameters_has_an_empty_Hessian()
    {
        await using Pipeline pipeline = await new PipelineBuilder(Inputs).Add(new ActivationLayer(Inputs, Activation.Tanh)).BuildAsync(Token);
        HessianVectorResult result = await pipeline.HessianVectorProductAsync(Trial.Classified(1, Examples, Inputs, Inputs), [], Token);
        Assert.Empty(result.Product);
        Trial.AssertNothingLent(pipeline);
    }

    private static async Task AssertCentralDifferencesAsync(Pipeline pipeline, Minibatch minibatch)
    {
        // Truncation h² J‴'/6 and rounding ε/h are both near 1e-10 here; 1e-7 of the norm is far from either.
        const double Step = 1e-5;
        IReadOnlyList<ParameterValues> start = await pipeline.ReadParametersAsync(Token), v = await DirectionAsync(pipeline, 1);
        HessianVectorResult product = await pipeline.HessianVectorProductAsync(minibatch, v, Token);
        IReadOnlyList<ParameterValues> above = await GradientsAsync(Step), below = await GradientsAsync(-Step);
        for (int p = 0; p < v.Count; p++)
        {
            double[] numeric = [.. above[p].Values.Zip(below[p].Values, (up, down) => (up - down) / (2 * Step))];
            Close.InNorm(numeric, product.Product[p].Values, 1e-7, v[p].Name, floor: 1e-2);
        }

        async Task<IReadOnlyList<ParameterValues>> GradientsAsync(double step)
        {
            await pipeline.WriteParametersAsync([.. start.Zip(v, (at, along) => at with { Values = [.. at.Values.Zip(along.Values, (a, b) => a + step * b)] })], Token);
            return (await pipeline.ComputeGradientsAsync(minibatch, Token)).Gradients;
        }
    }

    /// <summary>Every kind of layer, an activation before the first parameter and dropout among them, over two stages and three micro-batches in float64.</summary>
    private static async Task<Pipeline> BuildAsync(string activation, bool bias, Func<PipelineOptions, PipelineOptions>? change = null)
    {
        Activation f = ActivationNames.Parse(activation);
        Pipeline pipeline = await new PipelineBuilder(Inputs)
            .Add(new ActivationLayer(Inputs, Activation.Tanh)).Dense(8, f, bias).LayerNormalization().Dropout(0.3).Dense(6, bias: bias)
            .Add(new ActivationLayer(6, f)).Dense(Outputs, bias: bias)
            .Loss(new SoftmaxCrossEntropyLoss()).Optimizer(new SgdOptimizer(0.1, momentum: 0.9)).WeightDecay(0.01).Seed(5).MicroBatches(3)
            .With(options => options with { ElementType = ElementType.Float64, Stages = 2 }).With(change ?? (options => options)).BuildAsync(Token);
        // Biases and shifts start at 0 and gains at 1, where mistakes would hide.
        IReadOnlyList<ParameterValues> start = await pipeline.ReadParametersAsync(Token);
        await pipeline.WriteParametersAsync(
            [.. start.Select((values, p) => values with { Values = [.. values.Values.Zip(HostArrays.Gaussian(values.Values.Length, 70 + (ulong)p, 0.1), (a, b) => a + b)] })], Token);
        return pipeline;
    }

    private static Minibatch MinibatchFor(Loss loss) => loss.Targets switch
    {
        TargetKind.ClassIndex => Trial.Classified(3, Examples, Inputs, Outputs),
        TargetKind.Values => Trial.Valued(3, Examples, Inputs, Outputs),
        _ => new Minibatch(Trial.Gaussians(3, Examples * Inputs), Trial.Gaussians(4, Examples * Outputs).Select(value => 1 / (1 + MathF.Exp(value))).ToArray(), Examples),
    };

    private static async Task<IReadOnlyList<ParameterValues>> DirectionAsync(Pipeline pipeline, ulong seed) =>
        [.. (await pipeline.ReadParametersAsync(Token)).Select((parameter, p) =>
            parameter with { Values = HostArrays.Gaussian(parameter.Values.Length, 100 * seed + (ulong)p) })];

    private static async Task<double[]> ProductAsync(Pipeline pipeline, Minibatch minibatch, IReadOnlyList<ParameterValues> direction) =>
        Flat((await pipeline.HessianVectorProductAsync(minibatch, direction, Token)).Product);

    private static double[] Flat(IReadOnlyList<ParameterValues> values) => [.. values.SelectMany(each => each.Values)];

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
