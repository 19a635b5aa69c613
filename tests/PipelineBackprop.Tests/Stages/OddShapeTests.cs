using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Tests.Training;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Stages;

/// <summary>Cuts at the edge of what is possible train like one stage does, to the bit.</summary>
public sealed class OddShapeTests
{
    private static readonly Layer[] s_layers =
    [
        new DropoutLayer(5, 0.2), new ActivationLayer(5, Activation.Tanh), new DenseLayer(5, 6), new ActivationLayer(6, Activation.Identity),
        new DropoutLayer(6, 0.5), new ActivationLayer(6, new Activation(ActivationKind.Gelu)), new DenseLayer(6, 3), new ActivationLayer(3, Activation.Sigmoid),
    ];

    [Theory]
    [InlineData("1f1b", 8, 3, 7)]
    [InlineData("gpipe", 8, 3, 7)]
    [InlineData("1f1b", 8, 8, 1)]
    [InlineData("gpipe", 8, 1, 1)]
    [InlineData("1f1b", 4, 2, 5)]
    [InlineData("1f1b", 3, 16, 5)]
    [InlineData("interleaved-1f1b", 4, 3, 7)]
    [InlineData("looped-bfs", 3, 2, 5)]
    [InlineData("interleaved-zb", 4, 8, 1)]
    [InlineData("zb-v", 4, 3, 7)]
    [InlineData("v-half", 3, 1, 1)]
    [InlineData("v-min", 2, 16, 5)]
    public async Task Stages_without_parameters_few_micro_batches_and_single_examples_train_alike(string schedule, int stages, int microBatches, int examples)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(s_layers, stages, microBatches, schedule), token);
        await using Pipeline reference = await Pipeline.CreateAsync(ProbePipeline.Options(s_layers, 1, microBatches, "gpipe"), token);
        for (ulong step = 0; step < 3; step++)
        {
            Minibatch minibatch = ProbePipeline.Minibatch(step, examples);
            StepResult one = await pipeline.TrainStepAsync(minibatch, token), other = await reference.TrainStepAsync(minibatch, token);
            Assert.Equal((other.Loss, other.Regularization, other.GradientNorm), (one.Loss, one.Regularization, one.GradientNorm));
        }
        Trial.AssertBitEqual(await reference.CaptureAsync(token), await pipeline.CaptureAsync(token));
        Trial.AssertNothingLent(pipeline);
    }

    [Fact]
    public async Task A_model_without_any_parameter_takes_steps_that_change_nothing()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        Layer[] layers = [new ActivationLayer(3, Activation.Tanh), new DropoutLayer(3, 0.5), new ActivationLayer(3, Activation.Sigmoid)];
        await using Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(layers, stages: 3), token);
        StepResult step = await pipeline.TrainStepAsync(Trial.Classified(1, 6, 3, 3), token);

        Assert.Equal((1L, 0.0, 0.0), (step.Step, step.GradientNorm, step.Regularization));
        Assert.True(step.Loss > 0);
        Assert.Empty((await pipeline.CaptureAsync(token)).Parameters);
        Trial.AssertNothingLent(pipeline);
    }
}
