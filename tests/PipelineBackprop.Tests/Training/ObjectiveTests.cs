using PipelineBackprop.Compute;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>J = L + s: its gradient, what decays, what is clipped, and what a step reports of it.</summary>
public sealed class ObjectiveTests
{
    private const int Inputs = 4, Classes = 3, Examples = 7;
    private const double Lambda = 0.3, Rate = 0.5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(3, 3, false)]
    [InlineData(2, 4, true)]
    public async Task Gradients_are_the_central_differences_of_the_objective_and_change_nothing(int stages, int microBatches, bool includeExempt)
    {
        await using Pipeline pipeline = await CreateAsync(new WeightDecay(Lambda, IncludeExempt: includeExempt), options =>
            options with { Stages = stages, MicroBatches = microBatches, ElementType = ElementType.Float64 });
        Minibatch minibatch = Trial.Classified(1, Examples, Inputs, Classes);
        IReadOnlyList<ParameterValues> before = await pipeline.ReadParametersAsync(Token);
        GradientResult result = await pipeline.ComputeGradientsAsync(minibatch, Token);
        foreach ((ParameterValues was, ParameterValues now) in before.Zip(await pipeline.ReadParametersAsync(Token)))
            Assert.Equal(was.Values, now.Values);
        Assert.Equal(0, pipeline.StepsTaken);
        Trial.AssertNothingLent(pipeline);

        double[] analytic = [.. result.Gradients.SelectMany(gradient => gradient.Values)], numeric = new double[analytic.Length];
        int next = 0;
        foreach (ParameterValues parameter in before)
        {
            for (int i = 0; i < parameter.Values.Length; i++)
            {
                const double Step = 1e-5;
                numeric[next++] = (await ObjectiveAsync(parameter, i, Step) - await ObjectiveAsync(parameter, i, -Step)) / (2 * Step);
            }
            await pipeline.WriteParametersAsync([parameter], Token);
        }
        Close.InNorm(numeric, analytic, 1e-7, "dJ");

        async Task<double> ObjectiveAsync(ParameterValues parameter, int index, double change)
        {
            double[] values = [.. parameter.Values];
            values[index] += change;
            await pipeline.WriteParametersAsync([parameter with { Values = values }], Token);
            return (await pipeline.EvaluateAsync(minibatch, Token)).Loss + await pipeline.RegularizationAsync(Token);
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Decay_reaches_what_it_should_and_is_reported(bool decoupled, bool includeExempt)
    {
        Minibatch minibatch = Trial.Classified(1, Examples, Inputs, Classes);
        await using Pipeline pipeline = await CreateAsync(new WeightDecay(Lambda, decoupled, includeExempt));
        await using Pipeline plain = await CreateAsync(WeightDecay.None);
        // Biases start at 0, where decay would not show.
        foreach (Pipeline each in new[] { pipeline, plain }) await ShiftAsync(each);
        IReadOnlyList<ParameterValues> before = await pipeline.ReadParametersAsync(Token);
        double squares = before.Where(parameter => includeExempt || parameter.Name.EndsWith("weight", StringComparison.Ordinal))
            .Sum(parameter => parameter.Values.Sum(value => value * value));
        double s = decoupled ? 0 : Lambda / 2 * squares;
        Assert.Equal(s, await pipeline.RegularizationAsync(Token), 1e-6 * squares);

        StepResult step = await pipeline.TrainStepAsync(minibatch, Token), without = await plain.TrainStepAsync(minibatch, Token);
        Assert.Equal((without.Loss, without.GradientNorm, 0.0), (step.Loss, step.GradientNorm, without.Regularization));
        Assert.Equal(s, step.Regularization, 1e-6 * squares);
        Assert.Equal(step.Loss + step.Regularization, step.Objective);
        // With plain gradient descent both kinds of decay take ηλW.
        IReadOnlyList<ParameterValues> after = await pipeline.ReadParametersAsync(Token), plainAfter = await plain.ReadParametersAsync(Token);
        for (int p = 0; p < before.Count; p++)
        {
            double lambda = includeExempt || before[p].Name.EndsWith("weight", StringComparison.Ordinal) ? Lambda : 0;
            double[] expected = [.. plainAfter[p].Values.Zip(before[p].Values, (value, w) => value - Rate * lambda * w)];
            Close.InNorm(expected, after[p].Values, 1e-5, before[p].Name);
        }
    }

    [Fact]
    public async Task Decoupled_decay_bypasses_momentum_and_coupled_decay_does_not()
    {
        PipelineState coupled = await StateAsync(new WeightDecay(Lambda)), decoupled = await StateAsync(new WeightDecay(Lambda, Decoupled: true));
        PipelineState none = await StateAsync(WeightDecay.None);
        Assert.Equal(none.OptimizerState[0].Data.ToArray(), decoupled.OptimizerState[0].Data.ToArray());
        Assert.NotEqual(none.OptimizerState[0].Data.ToArray(), coupled.OptimizerState[0].Data.ToArray());
        Assert.NotEqual(none.Parameters[0].Data.ToArray(), decoupled.Parameters[0].Data.ToArray());

        async Task<PipelineState> StateAsync(WeightDecay decay)
        {
            await using Pipeline pipeline = await CreateAsync(decay, options => options with { Optimizer = new SgdOptimizer(Rate, momentum: 0.9) });
            await pipeline.TrainStepAsync(Trial.Classified(1, Examples, Inputs, Classes), Token);
            return await pipeline.CaptureAsync(Token);
        }
    }

    [Theory]
    [InlineData(0.05, true)]
    [InlineData(1000.0, false)]
    public async Task Clipping_shortens_the_gradient_to_its_norm_and_reports_the_norm_before(double norm, bool isClipped)
    {
        Minibatch minibatch = Trial.Classified(1, Examples, Inputs, Classes);
        await using Pipeline pipeline = await CreateAsync(WeightDecay.None, options => options with { ClipNorm = norm, Stages = 2 });
        await using Pipeline plain = await CreateAsync(WeightDecay.None);
        IReadOnlyList<ParameterValues> before = await pipeline.ReadParametersAsync(Token);
        GradientResult gradients = await plain.ComputeGradientsAsync(minibatch, Token);
        double length = Math.Sqrt(gradients.Gradients.Sum(gradient => gradient.Values.Sum(value => value * value)));
        StepResult step = await pipeline.TrainStepAsync(minibatch, Token), other = await plain.TrainStepAsync(minibatch, Token);
        Assert.Equal(length, step.GradientNorm, 1e-6);
        Assert.Equal(other.GradientNorm, step.GradientNorm);

        double factor = Math.Min(1, norm / (length + 1e-6));
        Assert.Equal(isClipped, factor < 1);
        IReadOnlyList<ParameterValues> after = await pipeline.ReadParametersAsync(Token);
        for (int p = 0; p < after.Count; p++)
        {
            double[] expected = [.. before[p].Values.Zip(gradients.Gradients[p].Values, (value, g) => value - Rate * factor * g)];
            Close.InNorm(expected, after[p].Values, 1e-5, after[p].Name);
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-0.1)]
    public async Task A_learning_rate_that_would_ruin_the_parameters_is_refused(double rate)
    {
        await using Pipeline pipeline = await CreateAsync(WeightDecay.None);
        Assert.Throws<ArgumentOutOfRangeException>(() => pipeline.LearningRate = rate);
        Assert.Equal(Rate, pipeline.LearningRate);
        pipeline.LearningRate = 0;
        IReadOnlyList<ParameterValues> before = await pipeline.ReadParametersAsync(Token);
        StepResult step = await pipeline.TrainStepAsync(Trial.Classified(1, Examples, Inputs, Classes), Token);
        Assert.Equal((1L, 0.0), (step.Step, step.LearningRate));
        Assert.All(before.Zip(await pipeline.ReadParametersAsync(Token)), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
    }

    private static async Task ShiftAsync(Pipeline pipeline)
    {
        IReadOnlyList<ParameterValues> values = await pipeline.ReadParametersAsync(Token);
        await pipeline.WriteParametersAsync(
            [.. values.Select(parameter => parameter with { Values = [.. parameter.Values.Select((value, i) => value + 0.125 * (i % 3))] })], Token);
    }

    private static Task<Pipeline> CreateAsync(WeightDecay decay, Func<PipelineOptions, PipelineOptions>? change = null) =>
        new PipelineBuilder(Inputs).Dense(6, Activation.Tanh).Dense(5, Activation.Sigmoid).Dense(Classes)
            .Optimizer(new SgdOptimizer(Rate)).Seed(8).With(options => options with { WeightDecay = decay }).With(change ?? (options => options)).BuildAsync(Token);
}
