using PipelineBackprop.Checkpoints;
using PipelineBackprop.Data;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>A state that no training can stand in is refused in one sentence before anything is written, and the next step works.</summary>
public sealed class BrokenStateTests
{
    private const int Inputs = 4, Classes = 3, Examples = 12;

    private static readonly Dataset s_train = new(
        "drawn", Inputs, Trial.Gaussians(1, Examples * Inputs), 1, Trial.Classes(1, Examples, Classes).Select(index => (float)index).ToArray(), Classes);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<Func<PipelineState, PipelineState>, string> States() => new()
    {
        { state => state with { Step = -5 }, "step of the state is -5, but must be at least 0." },
        { state => state with { Scalars = Scalar("lossScale", double.NaN) }, "lossScale of the state is NaN, but must be a finite number." },
        { state => state with { Scalars = Scalar("skippedSteps", double.NegativeInfinity) }, "skippedSteps of the state is -Infinity, but must be a finite number." },
        { state => state with { Scalars = null! }, "Scalars of the state is null; leave it empty where there is nothing." },
        { state => state with { Parameters = null! }, "Parameters of the state is null; leave it empty where there is nothing." },
        { state => state with { OptimizerState = null! }, "OptimizerState of the state is null; leave it empty where there is nothing." },
        { state => state with { Parameters = [state.Parameters[0], null!] }, "the tensor at index 1 of those given is null, but each must be one of the model's." },
        { state => state with { OptimizerState = [null!] }, "the tensor at index 0 of those given is null, but each must be one of the model's." },
    };

    [Theory]
    [MemberData(nameof(States), DisableDiscoveryEnumeration = true)]
    public async Task Restore_BrokenState_IsRefusedAndChangesNothing(Func<PipelineState, PipelineState> fault, string sentence)
    {
        foreach (string schedule in new[] { "1f1b", "pipedream-2bw" })
        {
            await using Pipeline pipeline = await CreateAsync(schedule);
            await pipeline.TrainStepAsync(Trial.Classified(1, 6, Inputs, Classes), Token);
            PipelineState before = await pipeline.CaptureAsync(Token);
            Assert.Equal(sentence, (await Assert.ThrowsAsync<InvalidInputException>(() => pipeline.RestoreAsync(fault(before), Token))).Message);
            Assert.Equal(1, pipeline.StepsTaken);
            Trial.AssertBitEqual(before, await pipeline.CaptureAsync(Token));
            Assert.Equal(2, (await pipeline.TrainStepAsync(Trial.Classified(2, 6, Inputs, Classes), Token)).Step);
        }
    }

    [Fact]
    public async Task Restore_Null_IsRefused()
    {
        await using Pipeline pipeline = await CreateAsync("1f1b");
        await Assert.ThrowsAsync<ArgumentNullException>(() => pipeline.RestoreAsync(null!, Token));
    }

    [Theory]
    [InlineData(-5, 0, 0, 8, "step of the state is -5, but must be at least 0.")]
    [InlineData(3, -1, 0, 8, "samplerEpoch of the state is -1, but must be at least 0.")]
    [InlineData(3, 0, -4, 8, "samplerPosition of the state is -4, but must be at least 0.")]
    [InlineData(3, 0, 12, 8, "the checkpoint stands at example 12 of its epoch, but drawn has 12: resume with the data set the run began with.")]
    [InlineData(3, 0, 4, double.NaN, "lossScale of the state is NaN, but must be a finite number.")]
    public async Task Resume_BrokenCheckpoint_IsRefusedAndChangesNothing(long step, long epoch, long position, double scale, string sentence)
    {
        await using Pipeline pipeline = await CreateAsync("1f1b");
        PipelineState before = await pipeline.CaptureAsync(Token);
        var checkpoint = new Checkpoint
        {
            Step = step,
            SamplerEpoch = epoch,
            SamplerPosition = position,
            // Other numbers than the pipeline's, to see that none is written.
            Parameters = [.. before.Parameters.Select(tensor => new NamedTensor(tensor.Name, tensor.Shape, new float[tensor.Data.Length]))],
            OptimizerState = before.OptimizerState,
            OptimizerName = "sgd",
            OptimizerScalars = Scalar("lossScale", scale),
        };
        var trainer = new Trainer(pipeline, new TrainerOptions { BatchSize = 4, Steps = 4 }, s_train, null);
        Assert.Equal(sentence, (await Assert.ThrowsAsync<InvalidInputException>(() => trainer.ResumeAsync(checkpoint, Token))).Message);
        Assert.Equal(0, pipeline.StepsTaken);
        Trial.AssertBitEqual(before, await pipeline.CaptureAsync(Token));
        Assert.Equal(4, (await trainer.RunAsync(null, Token, Token)).Steps);
    }

    [Fact]
    public async Task Resume_CheckpointWithoutParts_IsRefused()
    {
        await using Pipeline pipeline = await CreateAsync("1f1b");
        var trainer = new Trainer(pipeline, new TrainerOptions { BatchSize = 4 }, s_train, null);
        InvalidInputException refusal = await Assert.ThrowsAsync<InvalidInputException>(
            () => trainer.ResumeAsync(new Checkpoint { Step = 0, Parameters = [], OptimizerName = "sgd", Best = null! }, Token));
        Assert.Equal("Best of the state is null; leave it empty where there is nothing.", refusal.Message);
    }

    private static Dictionary<string, double> Scalar(string name, double value) => new() { [name] = value };

    private static Task<Pipeline> CreateAsync(string schedule) =>
        new PipelineBuilder(Inputs).Dense(5).Dense(Classes).Stages(2).MicroBatches(2).Optimizer(new SgdOptimizer(0.05, momentum: 0.9)).Seed(7)
            .With(options => options with { Schedule = schedule, LossScaling = schedule == "1f1b" ? new LossScaling() : null }).BuildAsync(Token);
}
