using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Schedules;
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
                foreach (IScheduleGenerator schedule in ScheduleCatalog.All.Where(schedule => schedule.Generate(1, 1).Staleness is null && stages * schedule.Chunks.Default <= 6))
                    foreach (int batchSize in new[] { 1, 7, 32 })
                        grid.Add(stages, microBatches, schedule.Name, batchSize);
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
        Assert.Equal((BytesToPredict(options.Layers), 0L, 0L, 0L), (inference.Parameters, inference.Gradients, inference.OptimizerState, inference.Stash));
    }

    [Theory]
    [InlineData(1, 1, "1f1b", 300)]
    [InlineData(2, 4, "1f1b", 128)]
    [InlineData(3, 3, "1f1b", 7)]
    [InlineData(5, 8, "1f1b", 700)]
    [InlineData(3, 8, "interleaved-1f1b", 700)]
    [InlineData(2, 3, "zb-v", 700)]
    public async Task The_forecast_of_inference_is_what_the_ledger_of_a_pipeline_that_only_predicts_measures(int stages, int microBatches, string schedule, int rows)
    {
        PipelineOptions options = Options(stages, microBatches, schedule);
        IReadOnlyList<MemoryReport> forecast = await MemoryForecast.InferenceByStageAsync(options, rows, Token);
        await using Pipeline pipeline = await Pipeline.CreateAsync(options with { InferenceOnly = true }, Token);
        await using Pipeline training = await Pipeline.CreateAsync(options, Token);
        float[] inputs = Trial.Gaussians(1, rows * Inputs);

        // The second call finds all weights packed.
        for (int call = 0; call < 2; call++) Assert.Equal(await training.PredictAsync(inputs, rows, Token), await pipeline.PredictAsync(inputs, rows, Token));
        Assert.Equal(forecast, MemoryReport.ByStage(pipeline.Ledger));
        await Assert.ThrowsAsync<InvalidOperationException>(() => pipeline.TrainStepAsync(Trial.Classified(1, 8, Inputs, Classes), Token));
        await Assert.ThrowsAsync<InvalidOperationException>(() => pipeline.ComputeGradientsAsync(Trial.Classified(1, 8, Inputs, Classes), Token));
    }

    [Theory]
    [InlineData(1, 1, ElementType.Float32, NonFiniteCheck.Step)]
    [InlineData(1, 2, ElementType.Float64, NonFiniteCheck.Action)]
    [InlineData(2, 2, ElementType.Float32, NonFiniteCheck.Action)]
    public async Task The_forecast_knows_the_scratch_of_the_processor(int stages, int threads, ElementType elementType, NonFiniteCheck check)
    {
        // Wide enough for several panels, blocks of partial sums and threads.
        PipelineOptions options = Options(stages, 3, "1f1b") with
        {
            Layers = [new DenseLayer(Inputs, 700, Activation.Relu), new DenseLayer(700, 90), new DenseLayer(90, Classes)],
            ElementType = elementType,
            ThreadsPerStage = threads,
            NonFiniteCheck = check,
        };
        MemoryReport forecast = await MemoryForecast.TrainingAsync(options, 200, evaluated: 150, Token);
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token);
        for (ulong step = 0; step < 2; step++) await pipeline.TrainStepAsync(Trial.Classified(step, 200, Inputs, Classes), Token);
        await pipeline.EvaluateAsync(Trial.Classified(9, 150, Inputs, Classes), Token);
        Assert.Equal(forecast, MemoryReport.Of(pipeline.Ledger));
        Assert.True(forecast.Scratch > 700 * 90 / 4096 * sizeof(double), $"scratch of {forecast.Scratch} bytes");
        Assert.Equal(forecast.Scratch, pipeline.Ledger.InUse(MemoryPurpose.Scratch));
    }

    [Fact]
    public async Task The_forecast_of_inference_counts_packed_weights_from_the_first_layer_on()
    {
        const int Width = 128, Rows = 300; // the first layer's activations take the most
        PipelineOptions options = Options(1, 1, "1f1b") with { Layers = [new DenseLayer(Width, Width, Activation.Relu), new DenseLayer(Width, 32)] };
        MemoryReport forecast = await MemoryForecast.InferenceAsync(options, Rows, Token);
        await using Pipeline pipeline = await Pipeline.CreateAsync(options with { InferenceOnly = true }, Token);
        for (int call = 0; call < 2; call++) await pipeline.PredictAsync(Trial.Gaussians(1, Rows * Width), Rows, Token);
        Assert.Equal(forecast, MemoryReport.Of(pipeline.Ledger));
    }

    [Fact]
    public async Task Prediction_keeps_no_sums_for_a_derivative_that_nobody_takes()
    {
        Assert.Equal(await OfAsync(ActivationKind.Relu), await OfAsync(ActivationKind.Gelu));

        static Task<MemoryReport> OfAsync(ActivationKind kind) => MemoryForecast.InferenceAsync(
            Options(1, 1, "1f1b") with { Layers = [new DenseLayer(Inputs, 20, new Activation(kind)), new DenseLayer(20, Classes)] }, 8, Token);
    }

    [Fact]
    public async Task What_the_computational_graph_keeps_is_the_stash_of_the_ledger()
    {
        PipelineOptions options = Options(1, 1, "1f1b") with
        {
            Layers = [new DenseLayer(Inputs, 20, Activation.Tanh), new DenseLayer(20, 16, new Activation(ActivationKind.Gelu)), new DenseLayer(16, 9), new DenseLayer(9, Classes)],
            Stages = 2,
            Boundaries = [0, 2],
        };
        IReadOnlyList<MemoryReport> forecast = await MemoryForecast.TrainingByStageAsync(options, 8, evaluated: 0, Token);

        // On top of what it keeps a stage holds its output while it computes it.
        Assert.Equal(
            PipelineGraph.Of(options, 8).Stages.Select(stage => stage.KeptBytes + 4 * 8 * (stage.Index == 0 ? 16 : Classes)), forecast.Select(stage => stage.Stash));
    }

    [Theory]
    [InlineData(1, "1f1b")]
    [InlineData(3, "1f1b")]
    [InlineData(3, "gpipe")]
    [InlineData(2, "interleaved-1f1b")]
    [InlineData(3, "zb-v")]
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

    // Parameters, and weights once more in the order of their products where this machine's panels are narrow enough for them.
    private static long BytesToPredict(IReadOnlyList<Layer> layers) => sizeof(float) * (
        layers.Sum(layer => layer.Parameters.Sum(parameter => (long)parameter.Shape.ElementCount))
        + layers.OfType<DenseLayer>().Sum(layer => (long)CpuDevice.Instance.PackedElements(Shape.Matrix(layer.Outputs, layer.Inputs), WeightUse.Forward, ElementType.Float32)));

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
