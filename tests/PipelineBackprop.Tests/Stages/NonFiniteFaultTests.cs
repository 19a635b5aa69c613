using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Schedules;
using PipelineBackprop.Stages;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Stages;

/// <summary>Promise 3 where a value is NaN or infinite: the step is refused and the place is named.</summary>
public sealed class NonFiniteFaultTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(NonFiniteCheck.Action, double.NaN)]
    [InlineData(NonFiniteCheck.Step, double.NaN)]
    [InlineData(NonFiniteCheck.Step, double.PositiveInfinity)]
    public async Task A_loss_that_is_not_finite_fails_the_step_and_is_named(NonFiniteCheck check, double value)
    {
        var loss = new FaultyLoss(1, (compute, losses, _, _) => compute.Fill(losses, value));
        PipelineException failure = await ProbePipeline.FailOnceAsync(
            ProbePipeline.Options(ProbePipeline.Layers(), stages: 2, microBatches: 2) with { Loss = loss, NonFiniteCheck = check });

        Assert.Equal((1, (int?)null, ActionKind.Forward), (failure.Stage, failure.Layer, failure.Action));
        Assert.Contains("loss (faultyLoss)", failure.Message, StringComparison.Ordinal);
        Assert.IsType<PipelineBackprop.Blocks.NonFiniteValueException>(failure.InnerException);
    }

    [Fact]
    public async Task A_gradient_of_the_outputs_that_is_not_finite_is_named_at_the_loss()
    {
        var loss = new FaultyLoss(3, (compute, _, _, gradient) => compute.Fill(gradient!, double.NegativeInfinity));
        PipelineException failure = await ProbePipeline.FailOnceAsync(
            ProbePipeline.Options(ProbePipeline.Layers(), stages: 2) with { Loss = loss, NonFiniteCheck = NonFiniteCheck.Action });

        Assert.Equal((1, (int?)null, ActionKind.Forward, 3), (failure.Stage, failure.Layer, failure.Action, failure.MicroBatch));
    }

    [Theory]
    [InlineData(ActionKind.Forward, double.NaN, "0F0")]
    [InlineData(ActionKind.InputGradient, double.NaN, "0B0")]
    [InlineData(ActionKind.WeightGradient, double.NaN, "0W0")]
    [InlineData(ActionKind.WeightGradient, double.PositiveInfinity, "0W0")]
    public async Task Checked_once_a_step_a_value_that_is_not_finite_is_refused_and_its_place_is_found(ActionKind action, double value, string printed)
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        bool armed = true;
        layers[1].Spoil = (context, now) => armed && now == action && context.FirstExample == 0 ? value : null;
        PipelineOptions options = ProbePipeline.Options(layers, stages: 2) with { NonFiniteCheck = NonFiniteCheck.Step };
        PipelineException failure = await ProbePipeline.FailOnceAsync(options, () => armed = false);

        Assert.Equal((0, (int?)1, action, 0), (failure.Stage, failure.Layer, failure.Action, failure.MicroBatch));
        Assert.Contains($"layer 1 (probe 6→7), action {printed} ", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, ActionKind.Forward, 0)]
    [InlineData(3, ActionKind.InputGradient, 1)]
    public async Task Looked_at_when_the_pass_has_ended_the_first_place_is_named_and_none_that_it_spoiled(int layer, ActionKind action, int stage)
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        bool armed = true;
        layers[layer].Spoil = (_, now) => armed && now == action ? double.NaN : null;
        // At a scale of 1 nothing is skipped.
        PipelineOptions options = ProbePipeline.Options(layers, stages: 2) with { LossScaling = new LossScaling(Initial: 1), NonFiniteCheck = NonFiniteCheck.Action };
        PipelineException failure = await ProbePipeline.FailOnceAsync(options, () => armed = false);

        Assert.Equal((stage, (int?)layer, action), (failure.Stage, failure.Layer, failure.Action));
    }

    [Fact]
    public async Task Checked_after_every_action_a_gradient_is_seen_before_the_layer_before_cuts_it_off()
    {
        // ∂L/∂x = 10 · 3e38 is infinite, and relu's φ' of a negative sum is 0.
        Layer[] layers =
        [
            new DenseLayer(1, 1, Activation.Relu, bias: false, Initializer.Constant(-1)),
            new DenseLayer(1, 1, bias: false, initializer: Initializer.Constant(3e38)),
        ];
        PipelineOptions options = ProbePipeline.Options(layers, stages: 1, microBatches: 1) with
        {
            Loss = new HalfSquaredErrorLoss(),
            WeightDecay = WeightDecay.None,
            NonFiniteCheck = NonFiniteCheck.Action,
        };
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token);
        PipelineException failure = await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(new Minibatch(new[] { 1f }, new[] { -10f }, 1), Token));

        Assert.Equal((1, ActionKind.InputGradient), (failure.Layer, failure.Action));
    }

    [Theory]
    [InlineData(ActionKind.Forward, "loss (softmaxCrossEntropy)")]
    [InlineData(ActionKind.InputGradient, "layers.0.weight")]
    [InlineData(ActionKind.WeightGradient, "layers.1.weight")]
    public async Task A_value_that_is_not_finite_and_does_not_come_back_is_laid_where_it_showed(ActionKind action, string place)
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        int left = 1;
        layers[1].Spoil = (context, now) => now == action && context.FirstExample == 0 && left-- > 0 ? double.NaN : null;
        PipelineException failure = await ProbePipeline.FailOnceAsync(ProbePipeline.Options(layers, stages: 2) with { NonFiniteCheck = NonFiniteCheck.Step });

        Assert.Contains(place, failure.Message, StringComparison.Ordinal);
    }
}
