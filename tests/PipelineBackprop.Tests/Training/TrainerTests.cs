using System.Buffers;
using System.Runtime.InteropServices;
using PipelineBackprop.Checkpoints;
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

    [Theory]
    [InlineData("1f1b")]
    [InlineData("pipedream-2bw")]
    public async Task ATrainer_OnAPipelineThatHasTrained_CountsItsOwnSteps(string schedule)
    {
        var rates = new List<long>();
        var recorded = new List<long>();
        TrainingPlan? plan = null;
        var observer = new Observer { OnStart = started => plan = started };
        await using Pipeline pipeline = await CreateAsync(schedule);
        await new Trainer(pipeline, s_options with { Steps = 7 }, s_data, null).RunAsync(null, Token, Token);
        TrainerOptions options = s_options with
        {
            Steps = null,
            Epochs = 3,
            EvaluateEverySteps = 5,
            EvaluateEveryEpochs = null,
            LearningRate = step => { rates.Add(step); return 0.1; },
            RecordsTimelineOf = step => { recorded.Add(step); return step == 2; },
        };
        TrainingSummary summary = await new Trainer(pipeline, options, s_data, s_data).RunAsync(observer, Token, Token);

        Assert.Equal((TrainingEnd.Completed, 12L, 3L, 19L), (summary.End, summary.Steps, summary.Epochs, pipeline.StepsTaken));
        Assert.Equal((0L, 12L), (plan!.FirstStep, plan.TotalSteps));
        Assert.Equal(Enumerable.Range(0, 12).Select(step => (long)step), rates);
        Assert.Equal(rates.Select(step => step + 1), recorded);
        Assert.Equal(recorded, observer.Steps.Select(step => step.Step));
        Assert.Equal([null, 2L], observer.Steps.Take(2).Select(step => step.Timeline?.Step));
        Assert.Equal([5L, 10L], observer.Evaluations.Select(evaluation => evaluation.Step));
        Assert.Equal(
            [observer.Steps.Take(5).Sum(step => step.Loss) / 5, observer.Steps.Skip(5).Take(5).Sum(step => step.Loss) / 5],
            observer.Evaluations.Select(evaluation => evaluation.TrainLoss));
    }

    [Theory]
    [InlineData("1f1b")]
    [InlineData("pipedream-2bw")]
    public async Task StepsOfOthers_DuringATraining_AreNotItsOwn(string schedule)
    {
        await using Pipeline pipeline = await CreateAsync(schedule);
        var others = new List<Task>();
        var observer = new Observer { OnStep = _ => others.Add(pipeline.TrainStepAsync(Trial.Classified(3, 8, Inputs, Classes), Token)) };
        TrainingSummary summary = await new Trainer(pipeline, s_options, s_data, null).RunAsync(observer, Token, Token);
        await Task.WhenAll(others);

        Assert.Equal((TrainingEnd.Completed, (long)Steps, 3L, 2L * Steps), (summary.End, summary.Steps, summary.Epochs, pipeline.StepsTaken));
        Assert.Equal(Enumerable.Range(1, Steps).Select(step => (long)step), observer.Steps.Select(step => step.Step));
    }

    [Theory]
    [InlineData("1f1b", 5)]
    [InlineData("1f1b", 8)]
    [InlineData("pipedream-2bw", 5)]
    public async Task ResumeAsync_OfATrainingOnAPipelineThatHadTrained_ContinuesItsCountBitEqual(string schedule, int breakAt)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("trainer");
        try
        {
            TrainerOptions options = s_options with { LearningRate = step => 0.1 / (1 + step), EvaluateEveryEpochs = null };
            await using Pipeline whole = await TrainedAsync();
            await new Trainer(whole, options, s_data, null).RunAsync(null, Token, Token);

            var store = new CheckpointStore(folder.FullName);
            await using Pipeline first = await TrainedAsync();
            TrainingSummary half = await new Trainer(first, options with { Checkpoints = store, Steps = breakAt }, s_data, null).RunAsync(null, Token, Token);
            Checkpoint checkpoint = (await store.LoadLatestAsync(Token)).Checkpoint;
            Assert.Equal(((long)breakAt, breakAt + 7L), (half.Steps, checkpoint.Step));

            TrainingPlan? plan = null;
            await using Pipeline second = await CreateAsync(schedule);
            var trainer = new Trainer(second, options, s_data, null);
            await trainer.ResumeAsync(checkpoint, Token);
            TrainingSummary summary = await trainer.RunAsync(new Observer { OnStart = started => plan = started }, Token, Token);

            Assert.Equal(((long)breakAt, (long)Steps, (long)Steps, 3L), (plan!.FirstStep, plan.TotalSteps, summary.Steps, summary.Epochs));
            Trial.AssertBitEqual(await whole.CaptureAsync(Token), await second.CaptureAsync(Token));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        async Task<Pipeline> TrainedAsync()
        {
            Pipeline pipeline = await CreateAsync(schedule);
            for (ulong step = 0; step < 7; step++) await pipeline.TrainStepAsync(Trial.Classified(step, 8, Inputs, Classes), Token);
            return pipeline;
        }
    }

    [Theory]
    [InlineData("1f1b")]
    [InlineData("pipedream-2bw")]
    public async Task CheckpointEverySteps_WithoutEvaluations_SavesAfterEachOfThemAndNotAgainAtTheEnd(string schedule)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("trainer");
        try
        {
            var store = new CheckpointStore(folder.FullName);
            TrainerOptions options = s_options with { EvaluateEveryEpochs = null, CheckpointEveryEpochs = null, CheckpointEverySteps = 3, Checkpoints = store };
            var observer = new Observer();
            await using Pipeline pipeline = await CreateAsync(schedule);
            await new Trainer(pipeline, options, s_data, null).RunAsync(observer, Token, Token);
            Assert.Equal([3L, 6L, 9L, 12L], observer.Saved);

            var again = new Observer();
            var trainer = new Trainer(pipeline, options, s_data, null);
            await trainer.ResumeAsync((await store.LoadLatestAsync(Token)).Checkpoint, Token);
            await trainer.RunAsync(again, Token, Token);
            Assert.Empty(again.Saved);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task SkippedSteps_OfOthers_AreNotItsOwnAfterAResumeEither()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("trainer");
        try
        {
            var store = new CheckpointStore(folder.FullName);
            var scaling = new LossScaling(Initial: 1 << 20);
            await using Pipeline pipeline = await CreateAsync(first: Activation.Identity, scaling: scaling);
            Minibatch sound = Trial.Classified(3, 8, Inputs, Classes);
            var huge = new Minibatch(Array.ConvertAll(sound.Inputs.ToArray(), value => 1e35f * value), sound.Targets, sound.Count);
            Assert.True((await pipeline.TrainStepAsync(huge, Token)).Skipped);
            TrainingSummary half = await new Trainer(pipeline, s_options with { Checkpoints = store, Steps = 5 }, s_data, null).RunAsync(null, Token, Token);

            await using Pipeline second = await CreateAsync(first: Activation.Identity, scaling: scaling);
            var trainer = new Trainer(second, s_options, s_data, null);
            await trainer.ResumeAsync((await store.LoadLatestAsync(Token)).Checkpoint, Token);
            TrainingSummary whole = await trainer.RunAsync(null, Token, Token);
            Assert.Equal((0L, 0L, 1L), (half.SkippedSteps, whole.SkippedSteps, second.SkippedSteps));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task RunAsync_OnShortSteps_HoldsItsCallerUntilStartedOnly()
    {
        await using Pipeline pipeline = await CreateAsync(stages: 1);
        // The pipeline knows by now that its steps are short.
        for (ulong step = 0; step < 50; step++) await pipeline.TrainStepAsync(Trial.Classified(step, 8, Inputs, Classes), Token);
        var started = new List<int>();
        var ended = new List<int>();
        var observer = new Observer { OnStart = _ => started.Add(Environment.CurrentManagedThreadId), OnStep = _ => ended.Add(Environment.CurrentManagedThreadId) };
        var trainer = new Trainer(pipeline, s_options with { Steps = pipeline.StepsTaken + 200 }, s_data, null);
        Task? run = null;
        var caller = new Thread(() => run = trainer.RunAsync(observer, Token, Token));
        caller.Start();
        caller.Join();
        await run!;
        Assert.Equal([caller.ManagedThreadId], started);
        Assert.DoesNotContain(caller.ManagedThreadId, ended);
    }

    [Fact]
    public async Task RunAsync_AndResumeAsync_DuringARun_AreRefusedAndDisturbNothing()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("trainer");
        try
        {
            var store = new CheckpointStore(folder.FullName);
            await using Pipeline before = await CreateAsync();
            await new Trainer(before, s_options with { Checkpoints = store, Steps = 3 }, s_data, null).RunAsync(null, Token, Token);
            Checkpoint checkpoint = (await store.LoadLatestAsync(Token)).Checkpoint;

            var calls = new List<Task>();
            await using Pipeline pipeline = await CreateAsync();
            var trainer = new Trainer(pipeline, s_options, s_data, null);
            var observer = new Observer
            {
                OnStep = step =>
                {
                    if (step.Step == 4) calls.AddRange([trainer.RunAsync(null, Token, Token), trainer.ResumeAsync(checkpoint, Token)]);
                },
            };
            TrainingSummary summary = await trainer.RunAsync(observer, Token, Token);

            Assert.Equal((TrainingEnd.Completed, (long)Steps, 3L), (summary.End, summary.Steps, summary.Epochs));
            Assert.Equal(2, calls.Count);
            foreach (Task call in calls)
                Assert.StartsWith("The trainer is in the middle of a RunAsync", (await Assert.ThrowsAsync<InvalidOperationException>(() => call)).Message, StringComparison.Ordinal);
            await trainer.ResumeAsync(checkpoint, Token);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Constructor_WithoutWhatItNeeds_NamesIt()
    {
        await using Pipeline pipeline = await CreateAsync();
        Assert.Equal("pipeline", Assert.Throws<ArgumentNullException>(() => new Trainer(null!, s_options, s_data, null)).ParamName);
        Assert.Equal("options", Assert.Throws<ArgumentNullException>(() => new Trainer(pipeline, null!, s_data, null)).ParamName);
        Assert.Equal("train", Assert.Throws<ArgumentNullException>(() => new Trainer(pipeline, s_options, null!, null)).ParamName);
    }

    [Fact]
    public async Task Constructor_OnAPipelineForInferenceOnly_IsRefused()
    {
        await using Pipeline pipeline = await new PipelineBuilder(Inputs).Dense(Classes).With(options => options with { InferenceOnly = true }).BuildAsync(Token);
        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => new Trainer(pipeline, s_options, s_data, null));
        Assert.Equal("The pipeline was built with InferenceOnly: it has no gradients and cannot train.", refused.Message);
    }

    [Theory]
    [InlineData("1f1b")]
    [InlineData("pipedream-2bw")]
    public async Task Data_ThatCannotBeReadForOnce_LeavesTheMinibatchToTheNextRun(string schedule)
    {
        using var memory = new FaultyMemory(s_data.Inputs.ToArray());
        var data = new Dataset("faulty", Inputs, memory.Memory, 1, s_data.Targets, Classes);
        memory.FailAt = 20; // rows, in the third minibatch
        await GoesOnAsync(schedule, s_options, () => { }, data);
    }

    private static async Task GoesOnAsync(string schedule, TrainerOptions options, Action mend, Dataset? data = null)
    {
        await using Pipeline pipeline = await CreateAsync(schedule);
        var trainer = new Trainer(pipeline, options, data ?? s_data, null);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => trainer.RunAsync(null, Token, Token));
        mend();
        TrainingSummary summary = await trainer.RunAsync(null, Token, Token);
        Assert.Equal((TrainingEnd.Completed, (long)Steps, 3L), (summary.End, summary.Steps, summary.Epochs));

        await using Pipeline sound = await CreateAsync(schedule);
        await new Trainer(sound, options, s_data, null).RunAsync(null, Token, Token);
        Trial.AssertBitEqual(await sound.CaptureAsync(Token), await pipeline.CaptureAsync(Token));
    }

    private static Task<Pipeline> CreateAsync(string schedule = "1f1b", int stages = 2, Activation? first = null, LossScaling? scaling = null) =>
        new PipelineBuilder(Inputs).Dense(8, first ?? Activation.Tanh).Dense(Classes).Stages(stages).MicroBatches(2).Seed(9)
            .With(options => options with { Optimizer = new SgdOptimizer(0.1, momentum: 0.5), Schedule = schedule, LossScaling = scaling }).BuildAsync(Token);

    /// <summary>Memory that one of its reads fails to give.</summary>
    private sealed unsafe class FaultyMemory(float[] values) : MemoryManager<float>
    {
        private int _reads;

        /// <summary>Which read fails, counted from the next one; 0 for none.</summary>
        public int FailAt { private get; set; }

        public override Span<float> GetSpan() => FailAt > 0 && ++_reads == FailAt ? throw new ArgumentOutOfRangeException(nameof(values), "the disk is gone") : values;

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            var handle = GCHandle.Alloc(values, GCHandleType.Pinned);
            return new MemoryHandle((float*)handle.AddrOfPinnedObject() + elementIndex, handle);
        }

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
