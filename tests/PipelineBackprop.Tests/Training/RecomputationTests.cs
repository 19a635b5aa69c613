using PipelineBackprop.Compute;
using PipelineBackprop.Diagnostics;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Schedules;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;
using PipelineBackprop.Tests.Stages;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>Activations that are dropped and computed again: the same bits, less stash.</summary>
public sealed class RecomputationTests
{
    private const int Inputs = 12, Classes = 5;
    private static readonly int[] s_minibatches = [33, 5, 16]; // uneven cuts, and fewer examples than micro-batches

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, int, int, string> Grid()
    {
        var data = new TheoryData<string, int, int, string>();
        foreach (string recomputation in new[] { "AllButLast", "Always", "mixed" })
            foreach (string schedule in ScheduleCatalog.Names)
                foreach ((int stages, int threads) in new[] { (1, 1), (2, 2), (3, 1), (6, 1) })
                    if (StagesOf(schedule, stages) <= 6) data.Add(recomputation, stages, threads, schedule);
        return data;
    }

    [Theory]
    [MemberData(nameof(Grid))]
    public async Task Parameters_AndOptimizerState_AreBitEqualToARunThatKeepsEverything(string recomputation, int stages, int threads, string schedule)
    {
        PipelineOptions options = Options(stages, 6, schedule) with { ThreadsPerStage = threads };

        Trial.AssertBitEqual(await TrainAsync(options), await TrainAsync(options with { Recomputation = Of(recomputation, StagesOf(schedule, stages)) }));
    }

    [Theory]
    [MemberData(nameof(Grid))]
    public async Task The_forecast_is_what_the_ledger_measures(string recomputation, int stages, int threads, string schedule)
    {
        PipelineOptions options = Options(stages, 6, schedule) with { ThreadsPerStage = threads, Recomputation = Of(recomputation, StagesOf(schedule, stages)) };
        IReadOnlyList<MemoryReport> forecast = await MemoryForecast.TrainingByStageAsync(options, 33, evaluated: 0, Token);
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token);
        for (ulong step = 0; step < 2; step++) await pipeline.TrainStepAsync(Trial.Classified(step, 33, Inputs, Classes), Token);

        Assert.Equal(forecast, MemoryReport.ByStage(pipeline.Ledger));
        Trial.AssertNothingLent(pipeline);
    }

    [Fact]
    public async Task The_stash_shrinks_to_the_inputs_and_one_micro_batchs_activations()
    {
        const int MicroBatches = 8, Rows = 4, Width = 10;
        PipelineOptions options = new()
        {
            // Each layer keeps its input and its output; a third is lent while it computes.
            Layers = [.. Enumerable.Range(0, 6).Select(_ => new DenseLayer(Width, Width, Activation.Tanh))],
            Loss = new HalfSquaredErrorLoss(),
            Stages = 2,
            MicroBatches = MicroBatches,
            Schedule = "gpipe",
        };
        long[] never = await StashAsync(options, Recomputation.Never), allButLast = await StashAsync(options, Recomputation.AllButLast), always = await StashAsync(options, Recomputation.Always);
        const long Tensor = 4 * Rows * Width;

        // Three layers a stage: an input and three outputs of each micro-batch.
        Assert.Equal([MicroBatches * 4 * Tensor, MicroBatches * 4 * Tensor], never);
        // The first stage finds its inputs in the minibatch, the second keeps those of the others.
        Assert.Equal([4 * Tensor, (MicroBatches + 3) * Tensor], always);
        Assert.Equal([2 * 4 * Tensor, (MicroBatches - 2 + 2 * 4) * Tensor], allButLast);

        async Task<long[]> StashAsync(PipelineOptions options, Recomputation recomputation)
        {
            await using Pipeline pipeline = await Pipeline.CreateAsync(options with { Recomputation = [recomputation] }, Token);
            await pipeline.TrainStepAsync(Trial.Valued(1, Rows * MicroBatches, Width, Width), Token);
            return [.. pipeline.Ledger.Accounts.Select(account => account.Peak(MemoryPurpose.Stash))];
        }
    }

    [Fact]
    public async Task A_stage_that_no_gradient_reaches_lets_its_inputs_go_at_B_as_the_planner_counts_them()
    {
        const int MicroBatches = 8, Rows = 4, Width = 10;
        PipelineOptions options = new()
        {
            Layers = [new ActivationLayer(Width, Activation.Tanh), new ActivationLayer(Width, Activation.Tanh), new DenseLayer(Width, Width)],
            Loss = new HalfSquaredErrorLoss(),
            Stages = 3,
            MicroBatches = MicroBatches,
            Schedule = "1f1b",
            Recomputation = [Recomputation.Always],
        };
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token);
        await pipeline.TrainStepAsync(Trial.Valued(1, Rows * MicroBatches, Width, Width), Token);

        // 1F1B has two micro-batches on the middle stage at once: their inputs, and the output of the one under way.
        Assert.Equal(3 * 4 * Rows * Width, pipeline.Ledger.Accounts[1].Peak(MemoryPurpose.Stash));
        Trial.AssertNothingLent(pipeline);
    }

    [Fact]
    public async Task Evaluation_AndPrediction_AreTheSameBetweenSteps()
    {
        PipelineOptions options = Options(3, 4, "1f1b");
        await using Pipeline keeps = await Pipeline.CreateAsync(options, Token), drops = await Pipeline.CreateAsync(options with { Recomputation = [Recomputation.Always] }, Token);
        Minibatch test = Trial.Classified(9, 40, Inputs, Classes);
        for (ulong step = 0; step < 3; step++)
        {
            StepResult kept = await keeps.TrainStepAsync(Trial.Classified(step, 30, Inputs, Classes), Token), dropped = await drops.TrainStepAsync(Trial.Classified(step, 30, Inputs, Classes), Token);
            Assert.Equal((kept.Loss, kept.GradientNorm), (dropped.Loss, dropped.GradientNorm));
            Assert.Equal((await keeps.EvaluateAsync(test, Token)).Loss, (await drops.EvaluateAsync(test, Token)).Loss);
        }
        GradientResult left = await keeps.ComputeGradientsAsync(test, Token), right = await drops.ComputeGradientsAsync(test, Token);
        foreach ((ParameterValues expected, ParameterValues actual) in left.Gradients.Zip(right.Gradients)) Assert.Equal(expected.Values, actual.Values);
    }

    [Fact]
    public async Task A_layer_that_fails_as_it_is_recomputed_fails_the_step_alone()
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        int runs = 0;
        bool fails = true;
        layers[1].Before = (context, action) =>
        {
            if (fails && action == ActionKind.Forward && context.FirstExample == 0 && ++runs == 2) throw new InvalidOperationException("the second time");
        };
        PipelineOptions options = ProbePipeline.Options(layers, stages: 2) with { Recomputation = [Recomputation.Always] };
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token), untroubled = await Pipeline.CreateAsync(ProbePipeline.Options(ProbePipeline.Layers(), 2), Token);

        PipelineException failure = await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token));

        Assert.Equal((0, (int?)1, ActionKind.Forward, 0), (failure.Stage, failure.Layer, failure.Action, failure.MicroBatch));
        Trial.AssertNothingLent(pipeline);
        fails = false;
        await pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token);
        await untroubled.TrainStepAsync(ProbePipeline.Minibatch(1), Token);
        Trial.AssertBitEqual(await untroubled.CaptureAsync(Token), await pipeline.CaptureAsync(Token));
    }

    [Fact]
    public async Task A_recomputation_is_recorded_within_its_backward_action()
    {
        await using Pipeline pipeline = await Pipeline.CreateAsync(Options(2, 3, "1f1b") with { Recomputation = [Recomputation.AllButLast, Recomputation.Never] }, Token);
        pipeline.RecordsTimeline = true;

        StepTimeline timeline = (await pipeline.TrainStepAsync(Trial.Classified(1, 9, Inputs, Classes), Token)).Timeline!;

        Assert.Equal([0, 1], timeline.Stages[0].Where(one => one.Kind == TimelineEventKind.Recomputation).Select(one => one.MicroBatch));
        Assert.DoesNotContain(timeline.Stages[1], one => one.Kind == TimelineEventKind.Recomputation);
        foreach (TimelineEvent again in timeline.Stages[0].Where(one => one.Kind == TimelineEventKind.Recomputation))
        {
            TimelineEvent around = Assert.Single(timeline.Stages[0], one => one.Kind == TimelineEventKind.InputGradient && one.MicroBatch == again.MicroBatch);
            Assert.True(around.Start <= again.Start && again.End <= around.End);
        }
    }

    [Fact]
    public async Task CreateAsync_AnotherNumberOfValuesThanStages_OneSentence()
    {
        var fault = await Assert.ThrowsAsync<InvalidInputException>(
            () => Pipeline.CreateAsync(Options(3, 4, "1f1b") with { Recomputation = [Recomputation.Always, Recomputation.Never] }, Token));

        Assert.Equal("recomputation must have one value or one for each of the 3 stages, got 2.", fault.Message);
    }

    private static Recomputation[] Of(string name, int stages) => name == "mixed"
        ? [.. Enumerable.Range(0, stages).Select(stage => (Recomputation)(2 - stage % 3))]
        : [Enum.Parse<Recomputation>(name)];

    private static int StagesOf(string schedule, int devices) => devices * ScheduleCatalog.Get(schedule).Chunks.Default;

    private static async Task<PipelineState> TrainAsync(PipelineOptions options)
    {
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token);
        for (int step = 0; step < s_minibatches.Length; step++)
            await pipeline.TrainStepAsync(Trial.Classified((ulong)step, s_minibatches[step], Inputs, Classes), Token);
        Trial.AssertNothingLent(pipeline);
        return await pipeline.CaptureAsync(Token);
    }

    private static PipelineOptions Options(int stages, int microBatches, string schedule) => new()
    {
        Layers =
        [
            new DropoutLayer(Inputs, 0.1), new DenseLayer(Inputs, 20, new Activation(ActivationKind.Gelu)), new LayerNormalizationLayer(20),
            new DenseLayer(20, 16, Activation.Relu), new DropoutLayer(16, 0.5), new DenseLayer(16, Classes),
        ],
        Stages = stages,
        MicroBatches = microBatches,
        Schedule = schedule,
        Optimizer = new AdamOptimizer(),
        Seed = 4,
    };
}
