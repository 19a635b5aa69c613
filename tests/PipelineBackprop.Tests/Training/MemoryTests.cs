using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Tensors;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>Promise 5: predicted and measured memory agree to the byte, and a run that is warm takes no more.</summary>
public sealed class MemoryTests
{
    private const int Inputs = 12, Classes = 5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int, int, string, int> Grid()
    {
        var grid = new TheoryData<int, int, string, int>();
        foreach (int stages in new[] { 1, 2, 3, 5 })
            foreach (int microBatches in new[] { 1, 3, 8 })
                foreach (string schedule in new[] { "gpipe", "1f1b", "zb-h1", "zb-h2" })
                    foreach (int batchSize in new[] { 1, 7, 32 })
                        grid.Add(stages, microBatches, schedule, batchSize);
        return grid;
    }

    [Theory]
    [MemberData(nameof(Grid))]
    public async Task The_forecast_is_what_the_ledger_measures(int stages, int microBatches, string schedule, int batchSize)
    {
        const int Evaluated = 300; // 128 + 128 + 44 rows
        PipelineOptions options = Options(stages, microBatches, schedule);
        MemoryReport forecast = await MemoryForecast.TrainingAsync(options, batchSize, Evaluated, Token);
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token);
        for (ulong step = 0; step < 3; step++) await pipeline.TrainStepAsync(Trial.Classified(step, batchSize, Inputs, Classes), Token);
        await pipeline.EvaluateAsync(Trial.Classified(9, Evaluated, Inputs, Classes), Token);
        Assert.Equal(forecast, MemoryReport.Of(pipeline.Ledger));

        // Prediction does not cut its rows as training does, so as many are compared as training sends through together.
        int rows = (batchSize + microBatches - 1) / microBatches;
        MemoryReport inference = await MemoryForecast.InferenceAsync(options, rows, Token);
        MemoryReport training = await MemoryForecast.TrainingAsync(options, batchSize, evaluated: 0, Token);
        Assert.True(inference.Total < training.Total, $"inference takes {inference.Total} bytes, training {training.Total}");
        Assert.Equal((training.Parameters, 0L, 0L, 0L), (inference.Parameters, inference.Gradients, inference.OptimizerState, inference.Stash));
    }

    [Theory]
    [InlineData(1, "1f1b")]
    [InlineData(3, "1f1b")]
    [InlineData(3, "gpipe")]
    public async Task A_warm_run_reserves_no_more(int stages, string schedule)
    {
        await using Pipeline pipeline = await Pipeline.CreateAsync(Options(stages, microBatches: 4, schedule), Token);
        Minibatch minibatch = Trial.Classified(1, 30, Inputs, Classes), last = Trial.Classified(2, 11, Inputs, Classes);
        for (int step = 0; step < 20; step++) await pipeline.TrainStepAsync(step % 5 == 4 ? last : minibatch, Token);
        long warm = Reserved(pipeline), transit = pipeline.Ledger.Peak(MemoryPurpose.Transfer);
        for (int step = 0; step < 300; step++) await pipeline.TrainStepAsync(step % 5 == 4 ? last : minibatch, Token);

        // How many tensors are on their way at once is a matter of timing, bounded by the room set aside for them; all else is the same in every step.
        Assert.InRange(Reserved(pipeline) - warm, 0, stages == 1 ? 0 : 2 * transit);
        Trial.AssertNothingLent(pipeline);
    }

    [Fact]
    public async Task The_stash_holds_no_more_micro_batches_than_the_schedule_lets_wait()
    {
        const int Stages = 4;
        long[] four = await PeakStashAsync("gpipe", Stages, 4), eight = await PeakStashAsync("gpipe", Stages, 8), oneByOne = await PeakStashAsync("1f1b", Stages, 8);
        for (int stage = 0; stage < Stages; stage++)
        {
            // gpipe holds all m, so four more micro-batches are four times what one keeps; 1f1b holds min(p − i, m).
            long ofOne = (eight[stage] - four[stage]) / 4;
            Assert.True(ofOne > 0);
            Assert.Equal(eight[stage] - (8 - (Stages - stage)) * ofOne, oneByOne[stage]);
        }
    }

    private static async Task<long[]> PeakStashAsync(string schedule, int stages, int microBatches)
    {
        PipelineOptions options = Options(stages, microBatches, schedule) with
        {
            Layers = [.. Enumerable.Range(0, stages).Select(_ => new DenseLayer(Inputs, Inputs, Activation.Tanh))],
        };
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token);
        await pipeline.TrainStepAsync(Trial.Classified(1, 3 * microBatches, Inputs, Classes), Token);
        return [.. pipeline.Ledger.Accounts.Select(account => account.Peak(MemoryPurpose.Stash))];
    }

    private static long Reserved(Pipeline pipeline) => pipeline.Ledger.Accounts.Sum(account => account.Reserved);

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
    };
}
