using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>The masks that the dropout layers of one network draw.</summary>
public sealed class DropoutMaskTests
{
    private const int Width = 4096;

    // Two independent masks of rate ½ leave a quarter of the ones, each times four: their sum is about Width; one mask used twice would give 2 Width.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Two_dropout_layers_draw_masks_of_their_own(int stages)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using Pipeline pipeline = await new PipelineBuilder(Width)
            .Dropout(0.5).Dropout(0.5).Dense(1, bias: false, initializer: Initializer.Ones)
            .Loss(new HalfSquaredErrorLoss()).Stages(stages).MicroBatches(1)
            .BuildAsync(token);
        float[] ones = new float[Width];
        Array.Fill(ones, 1f);

        GradientResult result = await pipeline.ComputeGradientsAsync(new Minibatch(ones, new float[1], 1), token);

        Assert.InRange(Math.Sqrt(2 * result.Loss) / Width, 0.9, 1.1);
    }
}
