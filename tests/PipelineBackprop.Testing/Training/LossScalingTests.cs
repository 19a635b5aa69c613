using PipelineBackprop.Compute;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Randomness;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Testing.Training;

/// <summary>Dynamic loss scaling on a device: exact while nothing overflows, and a step that does is skipped and counted.</summary>
public abstract class LossScalingTests
{
    private const int Inputs = 6, Examples = 8;

    protected abstract IDevice Device { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Powers_of_two_change_no_bit()
    {
        double[][] runs = [await TrainAsync(null), await TrainAsync(new LossScaling(Initial: 1024, GrowthInterval: 2))];
        Close.Bits(runs[0], runs[1], "scaled run");

        async Task<double[]> TrainAsync(LossScaling? scaling)
        {
            await using Pipeline pipeline = await BuildAsync(scaling);
            for (ulong step = 0; step < 5; step++) await pipeline.TrainStepAsync(Minibatch(step), Token);
            return await ParametersAsync(pipeline);
        }
    }

    [Fact]
    public async Task A_step_that_overflows_is_skipped_and_counted_and_the_scale_halved()
    {
        await using Pipeline pipeline = await BuildAsync(new LossScaling(Initial: 1 << 20, GrowthInterval: 3));
        double[] before = await ParametersAsync(pipeline);

        StepResult skipped = await pipeline.TrainStepAsync(Huge(), Token);
        Assert.Equal((true, 1 << 20, 1L), (skipped.Skipped, skipped.LossScale, skipped.Step));
        Assert.True(double.IsFinite(skipped.Loss));
        Assert.False(double.IsFinite(skipped.GradientNorm));
        Close.Bits(before, await ParametersAsync(pipeline), "parameters after a skipped step");
        Assert.Equal((1L, 1L), (pipeline.StepsTaken, pipeline.SkippedSteps));

        for (int good = 0; good < 3; good++)
            Assert.Equal((false, 1 << 19), await Of(pipeline.TrainStepAsync(Minibatch(2), Token)));
        Assert.Equal((false, 1 << 20), await Of(pipeline.TrainStepAsync(Minibatch(2), Token)));

        static async Task<(bool, double)> Of(Task<StepResult> step) => ((await step).Skipped, (await step).LossScale);
    }

    [Fact]
    public async Task A_skipped_step_is_none_of_the_optimizer()
    {
        await using Pipeline scaled = await BuildAsync(new LossScaling(Initial: 1 << 20)), plain = await BuildAsync(null);
        Assert.True((await scaled.TrainStepAsync(Huge(), Token)).Skipped);
        await scaled.TrainStepAsync(Minibatch(1), Token);
        await plain.TrainStepAsync(Minibatch(1), Token);
        Close.Bits(await ParametersAsync(plain), await ParametersAsync(scaled), "Adam's first update");
    }

    [Fact]
    public async Task A_checkpoint_keeps_scale_and_count()
    {
        await using Pipeline first = await BuildAsync(new LossScaling(Initial: 1 << 20)), second = await BuildAsync(new LossScaling(Initial: 1 << 20));
        await first.TrainStepAsync(Huge(), Token);
        await first.TrainStepAsync(Minibatch(1), Token);
        await second.RestoreAsync(await first.CaptureAsync(Token), Token);
        Assert.Equal(1, second.SkippedSteps);
        StepResult left = await first.TrainStepAsync(Minibatch(2), Token), right = await second.TrainStepAsync(Minibatch(2), Token);
        Assert.Equal((left.LossScale, left.GradientNorm), (right.LossScale, right.GradientNorm));
        Close.Bits(await ParametersAsync(first), await ParametersAsync(second), "continued");
    }

    [Fact]
    public async Task A_loss_that_is_not_finite_is_still_a_fault()
    {
        await using Pipeline pipeline = await BuildAsync(new LossScaling());
        Minibatch minibatch = Minibatch(1);
        float[] spoiled = minibatch.Inputs.ToArray();
        spoiled[3] = float.NaN;
        var fault = await Assert.ThrowsAsync<Stages.PipelineException>(
            () => pipeline.TrainStepAsync(new Minibatch(spoiled, minibatch.Targets, minibatch.Count), Token));
        Assert.Equal((0, (int?)0), (fault.Stage, fault.Layer));
        Assert.Equal(0, pipeline.SkippedSteps);
    }

    private Task<Pipeline> BuildAsync(LossScaling? scaling) =>
        new PipelineBuilder(Inputs).Dense(7).Dense(3).Optimizer(new AdamOptimizer(0.01)).Stages(2).MicroBatches(2).Devices(Device).Seed(3)
            .With(options => options with { LossScaling = scaling }).BuildAsync(Token);

    // Sums and losses stay finite; the gradient of a weight is about as large as its input, and times 2²⁰ is too much for float32.
    private static Minibatch Huge()
    {
        Minibatch minibatch = Minibatch(1);
        return new Minibatch(Array.ConvertAll(minibatch.Inputs.ToArray(), value => 1e35f * value), minibatch.Targets, minibatch.Count);
    }

    private static async Task<double[]> ParametersAsync(Pipeline pipeline) =>
        [.. (await pipeline.ReadParametersAsync(Token)).SelectMany(parameter => parameter.Values)];

    private static Minibatch Minibatch(ulong seed)
    {
        var random = new RandomStream(seed, 0);
        var inputs = new float[Examples * Inputs];
        var classes = new int[Examples];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = (float)random.NextGaussian();
        for (int i = 0; i < classes.Length; i++) classes[i] = random.NextInt(3);
        return PipelineBackprop.Training.Minibatch.FromClasses(inputs, classes);
    }
}
