using PipelineBackprop.Compute;
using PipelineBackprop.Data;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>What a trainer's caller does wrong, or at the same time, and what becomes of the training.</summary>
public sealed class TrainerTests
{
    private const int Inputs = 5, Classes = 3, Steps = 12;
    private static readonly Dataset s_data = new(
        "drawn", Inputs, Trial.Gaussians(1, 30 * Inputs), 1, Trial.Classes(1, 30, Classes).Select(index => (float)index).ToArray(), Classes);

    private static readonly TrainerOptions s_options = new() { BatchSize = 8, Steps = Steps, Seed = 4 }; // 4 minibatches an epoch, the last of 6

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1f1b", 0, double.NaN)]
    [InlineData("1f1b", 5, double.NaN)]
    [InlineData("1f1b", 5, null)]
    [InlineData("pipedream-2bw", 0, null)]
    [InlineData("pipedream-2bw", 5, double.NaN)]
    public async Task LearningRate_ThatThrowsOrIsNaN_LeavesTheMinibatchToTheNextRun(string schedule, int atStep, double? rate)
    {
        bool isFaulty = true;
        TrainerOptions options = s_options with
        {
            LearningRate = step => step != atStep || !isFaulty ? 0.1 / (1 + step) : rate ?? throw new ArgumentOutOfRangeException(nameof(step)),
        };
        await GoesOnAsync(schedule, options, () => isFaulty = false);
    }

    [Fact]
    public async Task RecordsTimelineOf_ThatThrows_LeavesTheMinibatchToTheNextRun()
    {
        bool isFaulty = true;
        TrainerOptions options = s_options with
        {
            RecordsTimelineOf = step => step == 3 && isFaulty ? throw new ArgumentOutOfRangeException(nameof(step)) : false,
        };
        await GoesOnAsync("1f1b", options, () => isFaulty = false);
    }

    private static async Task GoesOnAsync(string schedule, TrainerOptions options, Action mend)
    {
        await using Pipeline pipeline = await CreateAsync(schedule);
        var trainer = new Trainer(pipeline, options, s_data, null);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => trainer.RunAsync(null, Token, Token));
        mend();
        TrainingSummary summary = await trainer.RunAsync(null, Token, Token);
        Assert.Equal((TrainingEnd.Completed, (long)Steps, 3L), (summary.End, summary.Steps, summary.Epochs));

        await using Pipeline sound = await CreateAsync(schedule);
        await new Trainer(sound, options, s_data, null).RunAsync(null, Token, Token);
        Trial.AssertBitEqual(await sound.CaptureAsync(Token), await pipeline.CaptureAsync(Token));
    }

    private static Task<Pipeline> CreateAsync(string schedule = "1f1b") =>
        new PipelineBuilder(Inputs).Dense(8, Activation.Tanh).Dense(Classes).Stages(2).MicroBatches(2).Seed(9)
            .With(options => options with { Optimizer = new SgdOptimizer(0.1, momentum: 0.5), Schedule = schedule }).BuildAsync(Token);
}
