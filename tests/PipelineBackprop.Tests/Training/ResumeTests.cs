using PipelineBackprop.Checkpoints;
using PipelineBackprop.Compute;
using PipelineBackprop.Data;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>A training that was interrupted and continued in a new pipeline, with another number of stages, ends bit-equal to one that never was.</summary>
public sealed class ResumeTests
{
    private const int Inputs = 6, Classes = 4, Examples = 50, BatchSize = 8, Steps = 21; // 7 minibatches an epoch, the last of 2
    private static readonly Dataset s_train = Data(1, Examples), s_test = Data(2, 30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int, string, int, int, string> Breaks() => new()
    {
        { 10, "momentum", 1, 3, "1f1b" }, { 10, "adam", 3, 1, "1f1b" }, { 7, "adam", 2, 4, "1f1b" }, { 14, "momentum", 4, 2, "gpipe" }, { 1, "adamw", 2, 2, "1f1b" },
        { 20, "sgd", 1, 4, "1f1b" }, { 9, "adam", 3, 2, "zb-v" }, { 9, "momentum", 2, 1, "interleaved-1f1b" },
    };

    [Theory]
    [MemberData(nameof(Breaks))]
    public async Task Resumed_after_any_step_with_any_split_it_ends_bit_equal(int atStep, string optimizer, int stagesBefore, int stagesAfter, string scheduleAfter)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("resume");
        try
        {
            PipelineState expected = await TrainAsync(optimizer, stages: 1, new TrainerOptions { CheckpointEveryEpochs = null }, resume: null, Steps);
            var store = new CheckpointStore(folder.FullName);
            await TrainAsync(optimizer, stagesBefore, new TrainerOptions { Checkpoints = store, CheckpointEveryEpochs = null }, resume: null, atStep);
            Checkpoint checkpoint = (await new CheckpointStore(folder.FullName).LoadLatestAsync(Token)).Checkpoint;
            Assert.Equal(atStep, checkpoint.Step);
            PipelineState resumed = await TrainAsync(optimizer, stagesAfter, new TrainerOptions(), checkpoint, Steps, scheduleAfter);
            Trial.AssertBitEqual(expected, resumed);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Asked_to_stop_it_finishes_the_step_saves_and_resumes_bit_equal()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("resume");
        try
        {
            PipelineState expected = await TrainAsync("adam", 1, new TrainerOptions(), resume: null, Steps);
            var store = new CheckpointStore(folder.FullName);
            using var stop = new CancellationTokenSource();
            var observer = new Observer { OnStep = step => { if (step.Step == 9) stop.Cancel(); } };
            await using Pipeline pipeline = await CreateAsync("adam", stages: 2);
            var trainer = new Trainer(pipeline, Complete(new TrainerOptions { Checkpoints = store }, Steps), s_train, s_test);
            TrainingSummary summary = await trainer.RunAsync(observer, stop.Token, Token);

            Assert.Equal((TrainingEnd.Interrupted, 9L), (summary.End, summary.Steps));
            Assert.Equal([7L, 9L], observer.Saved);
            Assert.Null(summary.Train);
            Assert.Null(summary.Test);
            Assert.True(Directory.Exists(summary.CheckpointDirectory));
            Checkpoint checkpoint = (await store.LoadLatestAsync(Token)).Checkpoint;
            Trial.AssertBitEqual(expected, await TrainAsync("adam", 3, new TrainerOptions(), checkpoint, Steps));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Data_that_differ_only_behind_a_million_numbers_are_other_data()
    {
        const int Width = 1024, Rows = 1025;
        DirectoryInfo folder = Directory.CreateTempSubdirectory("resume");
        try
        {
            var store = new CheckpointStore(folder.FullName);
            TrainerOptions options = new() { BatchSize = 4, Steps = 1, Checkpoints = store };
            await using Pipeline pipeline = await new PipelineBuilder(Width).Dense(2).BuildAsync(Token);
            await new Trainer(pipeline, options, Large(last: 0), null).RunAsync(null, Token, Token);
            Checkpoint checkpoint = (await store.LoadLatestAsync(Token)).Checkpoint;

            await new Trainer(pipeline, options, Large(last: 0), null).ResumeAsync(checkpoint, Token);
            InvalidInputException refused = await Assert.ThrowsAsync<InvalidInputException>(() => new Trainer(pipeline, options, Large(last: 1), null).ResumeAsync(checkpoint, Token));
            Assert.Equal("the inputs of large are not those that the run began with; resume with the same data.", refused.Message);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        static Dataset Large(float last)
        {
            var inputs = new float[Rows * Width];
            inputs[^1] = last;
            return new Dataset("large", Width, inputs, 1, new float[Rows], 2);
        }
    }

    [Fact]
    public async Task A_step_that_was_cancelled_is_dealt_again()
    {
        PipelineState expected = await TrainAsync("momentum", 1, new TrainerOptions(), resume: null, Steps);
        using var cancellation = new CancellationTokenSource();
        var observer = new Observer { OnStep = step => { if (step.Step == 5) cancellation.Cancel(); } };
        await using Pipeline pipeline = await CreateAsync("momentum", stages: 2);
        var trainer = new Trainer(pipeline, Complete(new TrainerOptions(), Steps), s_train, s_test);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => trainer.RunAsync(observer, Token, cancellation.Token));
        Assert.Equal(5, pipeline.StepsTaken);
        TrainingSummary summary = await trainer.RunAsync(null, Token, Token);

        Assert.Equal((TrainingEnd.Completed, (long)Steps, 3L), (summary.End, summary.Steps, summary.Epochs));
        Trial.AssertBitEqual(expected, await pipeline.CaptureAsync(Token));
    }

    [Fact]
    public async Task What_does_not_fit_the_checkpoint_is_refused_in_one_sentence_and_changes_nothing()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("resume");
        try
        {
            var store = new CheckpointStore(folder.FullName);
            await TrainAsync("adam", 1, new TrainerOptions { Checkpoints = store }, resume: null, 4);
            Checkpoint checkpoint = (await store.LoadLatestAsync(Token)).Checkpoint;
            await RefusedAsync("the checkpoint's optimizer is adam, but the run's is sgd.", Options("sgd", 1), Complete(new(), Steps), s_train);
            await RefusedAsync("the checkpoint's seed is 3, but the run's is 4; only the same one continues bit-equal.",
                Options("adam", 1) with { Seed = 4 }, Complete(new(), Steps), s_train);
            await RefusedAsync("the checkpoint's samplerSeed is 17, but the run's is 18; only the same one continues bit-equal.",
                Options("adam", 1), Complete(new(), Steps) with { Seed = 18 }, s_train);
            await RefusedAsync("the run began with 50 examples to train on, but drawn has 20; resume with the same data.",
                Options("adam", 1), Complete(new(), Steps), s_train.Slice(0, 20));
            await RefusedAsync("the checkpoint's batchSize is 8, but the run's is 9; only the same one continues bit-equal.",
                Options("adam", 1), Complete(new(), Steps) with { BatchSize = 9 }, s_train);
            await RefusedAsync("the checkpoint's shuffle is true, but the run's is false; only the same one continues bit-equal.",
                Options("adam", 1), Complete(new() { Shuffle = false }, Steps), s_train);
            await RefusedAsync("the checkpoint's dropLast is false, but the run's is true; only the same one continues bit-equal.",
                Options("adam", 1), Complete(new() { DropLast = true }, Steps), s_train);
            await RefusedAsync("the inputs of drawn are not those that the run began with; resume with the same data.",
                Options("adam", 1), Complete(new(), Steps), Spoilt(s_train, input: true));
            await RefusedAsync("the targets of drawn are not those that the run began with; resume with the same data.",
                Options("adam", 1), Complete(new(), Steps), Spoilt(s_train, input: false));
            await RefusedAsync("the checkpoint is of the model dense 6→9 tanh | dropout 9 rate 0.3 | dense 9→7 relu | dense 7→4 | softmaxCrossEntropy, " +
                "but the run's is dense 6→9 relu | dropout 9 rate 0.3 | dense 9→7 relu | dense 7→4 | softmaxCrossEntropy.",
                Options("adam", 1, Activation.Relu), Complete(new(), Steps), s_train);

            async Task RefusedAsync(string sentence, PipelineOptions options, TrainerOptions trainerOptions, Dataset train)
            {
                await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token);
                PipelineState before = await pipeline.CaptureAsync(Token);
                var trainer = new Trainer(pipeline, trainerOptions, train, null);
                Assert.Equal(sentence, (await Assert.ThrowsAsync<InvalidInputException>(() => trainer.ResumeAsync(checkpoint, Token))).Message);
                Trial.AssertBitEqual(before, await pipeline.CaptureAsync(Token));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_checkpoint_of_before_the_data_was_kept_in_it_is_resumed_bit_equal()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("resume");
        try
        {
            var store = new CheckpointStore(folder.FullName);
            await TrainAsync("sgd", 1, new TrainerOptions { Checkpoints = store }, resume: null, 4);
            Checkpoint now = (await store.LoadLatestAsync(Token)).Checkpoint;
            Assert.Equal((BatchSize, 1, 0), ((int)now.RandomState["batchSize"], (int)now.RandomState["shuffle"], (int)now.RandomState["dropLast"]));
            var before = new Checkpoint
            {
                Step = now.Step,
                SamplerEpoch = now.SamplerEpoch,
                SamplerPosition = now.SamplerPosition,
                Parameters = now.Parameters,
                OptimizerState = now.OptimizerState,
                OptimizerName = now.OptimizerName,
                RandomState = now.RandomState.Where(entry => entry.Key is "seed" or "samplerSeed" or "samplerExamples").ToDictionary(),
                ModelDescription = now.ModelDescription,
            };
            Trial.AssertBitEqual(
                await TrainAsync("sgd", 1, new TrainerOptions(), resume: null, Steps), await TrainAsync("sgd", 1, new TrainerOptions(), before, Steps));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<PipelineState> TrainAsync(string optimizer, int stages, TrainerOptions options, Checkpoint? resume, int steps, string schedule = "1f1b")
    {
        await using Pipeline pipeline = await Pipeline.CreateAsync(Options(optimizer, stages) with { Schedule = schedule }, Token);
        var trainer = new Trainer(pipeline, Complete(options, steps), s_train, s_test);
        if (resume is not null) await trainer.ResumeAsync(resume, Token);
        Assert.Equal(TrainingEnd.Completed, (await trainer.RunAsync(null, Token, Token)).End);
        return await pipeline.CaptureAsync(Token);
    }

    // The rate follows the whole run, wherever it is interrupted.
    private static TrainerOptions Complete(TrainerOptions options, int steps) => options with
    {
        BatchSize = BatchSize,
        Steps = steps,
        Seed = 17,
        LearningRate = step => new CosineSchedule().Rate(0.05, step, Steps),
    };

    private static Task<Pipeline> CreateAsync(string optimizer, int stages) => Pipeline.CreateAsync(Options(optimizer, stages), Token);

    private static PipelineOptions Options(string optimizer, int stages, Activation? first = null) => new()
    {
        Layers =
        [
            new PipelineBackprop.Layers.DenseLayer(Inputs, 9, first ?? Activation.Tanh), new PipelineBackprop.Layers.DropoutLayer(9, 0.3),
            new PipelineBackprop.Layers.DenseLayer(9, 7, Activation.Relu), new PipelineBackprop.Layers.DenseLayer(7, Classes),
        ],
        Stages = stages,
        MicroBatches = 3,
        WeightDecay = new WeightDecay(0.01),
        Optimizer = optimizer switch
        {
            "momentum" => new SgdOptimizer(0.05, momentum: 0.9),
            "sgd" => new SgdOptimizer(0.05),
            _ => OptimizerRegistry.Create(optimizer, new OptimizerSettings()),
        },
        Seed = 3,
    };

    // One number in the last row is another.
    private static Dataset Spoilt(Dataset data, bool input)
    {
        float[] inputs = data.Inputs.ToArray(), targets = data.Targets.ToArray();
        if (input) inputs[^1] += 0.5f;
        else targets[^1] = (targets[^1] + 1) % Classes;
        return new Dataset(data.Name, Inputs, inputs, 1, targets, Classes);
    }

    private static Dataset Data(ulong seed, int examples) => new(
        "drawn", Inputs, Trial.Gaussians(seed, examples * Inputs), 1, Trial.Classes(seed, examples, Classes).Select(index => (float)index).ToArray(), Classes);
}
