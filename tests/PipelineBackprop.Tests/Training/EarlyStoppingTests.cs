using System.Diagnostics;
using PipelineBackprop.Checkpoints;
using PipelineBackprop.Compute;
using PipelineBackprop.Data;
using PipelineBackprop.Diagnostics;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>Early stopping on a test set of other labels than the training set's: it gets worse sooner or later.</summary>
public sealed class EarlyStoppingTests
{
    private const int Inputs = 5, Classes = 3, Steps = 60;
    private static readonly Dataset s_train = Data(1, 24), s_test = Data(2, 40);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(EarlyStoppingMetric.TestLoss, 3, 0)]
    [InlineData(EarlyStoppingMetric.TestLoss, 1, 0)]
    [InlineData(EarlyStoppingMetric.TestLoss, 4, 0.02)]
    [InlineData(EarlyStoppingMetric.TestAccuracy, 5, 0)]
    [InlineData(EarlyStoppingMetric.TestAccuracy, 2, 0.05)]
    public async Task It_stops_when_patience_runs_out_and_gives_back_the_best(EarlyStoppingMetric metric, int patience, double minimumDelta)
    {
        var rule = new EarlyStopping(metric, patience, minimumDelta);
        var observer = new Observer();
        await using Pipeline pipeline = await CreateAsync(1);
        TrainingSummary summary = await new Trainer(pipeline, Options(rule), s_train, s_test).RunAsync(observer, Token, Token);

        (int best, int stop) = Replay(rule, observer.Evaluations);
        Assert.Equal((TrainingEnd.StoppedEarly, observer.Evaluations[stop].Step), (summary.End, summary.Steps));
        Assert.Equal(stop, observer.Evaluations.Count - 1);
        Assert.Equal(summary.Steps, pipeline.StepsTaken);
        Assert.Equal(observer.Evaluations[best].Test.Loss, summary.Test!.Loss);
        Assert.Equal(best, observer.Evaluations.FindLastIndex(evaluation => evaluation.IsBest));

        // The parameters are those of the best step: a training that ends there has them too.
        await using Pipeline ended = await CreateAsync(1);
        await new Trainer(ended, Options(null) with { Steps = observer.Evaluations[best].Step }, s_train, s_test).RunAsync(null, Token, Token);
        Trial.AssertBitEqual(await ended.CaptureAsync(Token), await pipeline.CaptureAsync(Token) with { Step = observer.Evaluations[best].Step });
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(5, 0)]
    [InlineData(2, 7)]
    public async Task Resumed_it_stops_at_the_same_step_with_the_same_parameters(int evaluationsBeforeTheEnd, int stepsBefore)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("early");
        try
        {
            var rule = new EarlyStopping(Patience: 4);
            var whole = new Observer();
            await using Pipeline uninterrupted = await TrainedAsync(1);
            TrainingSummary expected = await new Trainer(uninterrupted, Options(rule), s_train, s_test).RunAsync(whole, Token, Token);
            long breakAt = whole.Evaluations[^Math.Min(evaluationsBeforeTheEnd, whole.Evaluations.Count)].Step;

            var store = new CheckpointStore(folder.FullName);
            using var stop = new CancellationTokenSource();
            await using (Pipeline first = await TrainedAsync(2))
            {
                var observer = new Observer { OnStep = step => { if (step.Step == breakAt) stop.Cancel(); } };
                TrainingSummary half = await new Trainer(first, Options(rule) with { Checkpoints = store }, s_train, s_test).RunAsync(observer, stop.Token, Token);
                Assert.Equal(TrainingEnd.Interrupted, half.End);
            }
            await using Pipeline second = await CreateAsync(3);
            var trainer = new Trainer(second, Options(rule) with { Checkpoints = store }, s_train, s_test);
            await trainer.ResumeAsync((await store.LoadLatestAsync(Token)).Checkpoint, Token);
            TrainingSummary summary = await trainer.RunAsync(null, Token, Token);

            Assert.Equal((expected.End, expected.Steps, expected.Test!.Loss), (summary.End, summary.Steps, summary.Test!.Loss));
            Trial.AssertBitEqual(await uninterrupted.CaptureAsync(Token), await second.CaptureAsync(Token));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        async Task<Pipeline> TrainedAsync(int stages)
        {
            Pipeline pipeline = await CreateAsync(stages);
            for (int step = 0; step < stepsBefore; step++) await pipeline.TrainStepAsync(Trial.Classified((ulong)step, 6, Inputs, Classes), Token);
            return pipeline;
        }
    }

    [Fact]
    public async Task An_evaluation_whose_parameters_could_not_be_kept_is_not_the_best()
    {
        string name = $"{Guid.NewGuid()}";
        var rule = new EarlyStopping(Patience: 6);
        var whole = new Observer();
        await using (Pipeline undisturbed = await CreateAsync(1)) await new Trainer(undisturbed, Options(rule), s_train, s_test).RunAsync(whole, Token, Token);
        int best = Replay(rule, whole.Evaluations).Best, evaluated = 0;

        using var cancellation = new CancellationTokenSource();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == PipelineTelemetry.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.OperationName == "evaluate" && activity.GetTagItem("pipeline") as string == name && evaluated++ == best) cancellation.Cancel();
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using Pipeline pipeline = await CreateAsync(1, name);
        var trainer = new Trainer(pipeline, Options(rule), s_train, s_test);
        var observer = new Observer();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => trainer.RunAsync(observer, Token, cancellation.Token));
        TrainingSummary summary = await trainer.RunAsync(observer, Token, Token);

        Assert.DoesNotContain(whole.Evaluations[best].Step, observer.Evaluations.Select(evaluation => evaluation.Step));
        Assert.Equal((TrainingEnd.StoppedEarly, observer.Evaluations.Min(evaluation => evaluation.Test.Loss)), (summary.End, summary.Test!.Loss));
    }

    [Fact]
    public async Task A_trainer_that_is_resumed_forgets_the_best_of_what_it_did_before()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("early");
        try
        {
            var store = new CheckpointStore(folder.FullName);
            var rule = new EarlyStopping(Patience: 3);
            await using (Pipeline first = await CreateAsync(1)) await new Trainer(first, Options(rule) with { Checkpoints = store, Steps = 4 }, s_train, s_test).RunAsync(null, Token, Token);
            Checkpoint checkpoint = (await store.LoadLatestAsync(Token)).Checkpoint;

            double rate = 0.1; // not that of the run that is resumed, so that its best is another
            await using Pipeline pipeline = await CreateAsync(1);
            var trainer = new Trainer(pipeline, Options(rule) with { LearningRate = _ => rate }, s_train, s_test);
            await trainer.RunAsync(null, Token, Token);
            PipelineState before = await pipeline.CaptureAsync(Token);
            await trainer.ResumeAsync(checkpoint, Token);
            PipelineState resumed = await pipeline.CaptureAsync(Token);
            Assert.NotEqual(before.Parameters[0].Data.ToArray(), resumed.Parameters[0].Data.ToArray());
            rate = 0; // nothing changes any more, so nothing gets better
            TrainingSummary summary = await trainer.RunAsync(null, Token, Token);

            Assert.Equal(TrainingEnd.StoppedEarly, summary.End);
            Assert.Equal(resumed.Parameters.Select(tensor => tensor.Data.ToArray()), (await pipeline.CaptureAsync(Token)).Parameters.Select(tensor => tensor.Data.ToArray()));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_training_too_short_for_an_evaluation_keeps_its_last_parameters()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("early");
        try
        {
            var options = Options(new EarlyStopping()) with { Steps = 3, EvaluateEverySteps = 100, Checkpoints = new CheckpointStore(folder.FullName) };
            await using Pipeline pipeline = await CreateAsync(1);
            TrainingSummary summary = await new Trainer(pipeline, options, s_train, s_test).RunAsync(null, Token, Token);
            Assert.Equal((TrainingEnd.Completed, 3L), (summary.End, summary.Steps));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task An_empty_test_set_is_like_none()
    {
        await using Pipeline pipeline = await CreateAsync(1);
        TrainingSummary summary = await new Trainer(pipeline, Options(null) with { Steps = 4 }, s_train, s_test.Slice(0, 0)).RunAsync(null, Token, Token);
        Assert.Null(summary.Test);
    }

    /// <summary>The rule once more, in plain words: which evaluation was the best and at which patience ran out.</summary>
    private static (int Best, int Stop) Replay(EarlyStopping rule, List<TrainingEvaluation> evaluations)
    {
        int best = 0;
        for (int i = 1; i < evaluations.Count; i++)
        {
            EvaluationResult now = evaluations[i].Test, then = evaluations[best].Test;
            double gain = rule.Metric == EarlyStoppingMetric.TestLoss ? then.Loss - now.Loss : now.Accuracy!.Value - then.Accuracy!.Value;
            if (gain > rule.MinimumDelta) best = i;
            else if (i - best == rule.Patience) return (best, i);
        }
        return (best, -1);
    }

    private static TrainerOptions Options(EarlyStopping? rule) => new()
    {
        BatchSize = 6,
        Steps = Steps * 4,
        EvaluateEverySteps = 2,
        EvaluateEveryEpochs = null,
        CheckpointEveryEpochs = null,
        EarlyStopping = rule,
    };

    [Fact]
    public async Task What_gets_better_by_less_than_the_least_does_not_get_better()
    {
        var observer = new Observer();
        await using Pipeline pipeline = await CreateAsync(1);
        TrainingSummary summary = await new Trainer(pipeline, Options(new EarlyStopping(Patience: 3, MinimumDelta: 100)), s_train, s_train).RunAsync(observer, Token, Token);

        Assert.True(observer.Evaluations[1].Test.Loss < observer.Evaluations[0].Test.Loss);
        Assert.Equal([true, false, false, false], observer.Evaluations.Select(evaluation => evaluation.IsBest));
        Assert.Equal((TrainingEnd.StoppedEarly, observer.Evaluations[0].Test.Loss), (summary.End, summary.Test!.Loss));
    }

    [Fact]
    public async Task The_last_checkpoint_has_the_best_parameters_and_those_of_another_run_are_refused()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("early");
        try
        {
            var store = new CheckpointStore(folder.CreateSubdirectory("own").FullName);
            TrainerOptions options = Options(new EarlyStopping()) with { CheckpointEverySteps = 2, Checkpoints = store };
            await using Pipeline pipeline = await CreateAsync(1);
            await new Trainer(pipeline, options, s_train, s_test).RunAsync(null, Token, Token);
            Checkpoint last = (await store.LoadLatestAsync(Token)).Checkpoint, best = (await store.LoadBestAsync(Token)).Checkpoint;
            Trial.AssertBitEqual(await pipeline.CaptureAsync(Token), new PipelineState(last.Step, last.Parameters, last.OptimizerState));

            var other = new CheckpointStore(folder.CreateSubdirectory("other").FullName);
            await using (Pipeline shorter = await CreateAsync(1))
                await new Trainer(shorter, options with { Checkpoints = other, Steps = 1, EvaluateEverySteps = 1 }, s_train, s_test).RunAsync(null, Token, Token);
            await using Pipeline resumed = await CreateAsync(1);
            var trainer = new Trainer(resumed, options with { Checkpoints = other }, s_train, s_test);
            await trainer.ResumeAsync(last, Token);
            InvalidInputException refused = await Assert.ThrowsAsync<InvalidInputException>(() => trainer.RunAsync(null, Token, Token));
            Assert.Equal($"the best checkpoint in {other.Folder} is of step 1, but the best evaluation was at step {best.Step}.", refused.Message);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Task<Pipeline> CreateAsync(int stages, string? name = null) =>
        new PipelineBuilder(Inputs).Dense(16, Activation.Tanh).Dense(8, Activation.Tanh).Dense(Classes).Stages(stages).MicroBatches(2).Seed(9)
            .With(options => options with { Name = name, Optimizer = new PipelineBackprop.Optimizers.SgdOptimizer(0.3, momentum: 0.5) }).BuildAsync(Token);

    private static Dataset Data(ulong seed, int examples) => new(
        "drawn", Inputs, Trial.Gaussians(seed, examples * Inputs), 1, Trial.Classes(seed, examples, Classes).Select(index => (float)index).ToArray(), Classes);
}
