using PipelineBackprop.Blocks;
using PipelineBackprop.Checkpoints;
using PipelineBackprop.Compute;
using PipelineBackprop.Data;
using PipelineBackprop.Layers;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Schedules;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Tests.Stages;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>PipeDream-2BW: w(t+1) = w(t) − η ∇f(w(t−1)), to the bit, whether the steps overlap or not.</summary>
public sealed class AsynchronousTests
{
    private const string Schedule = "pipedream-2bw";
    private static readonly int[] s_minibatches = [11, 11, 3, 11, 7, 11, 1, 11]; // uneven cuts, and fewer examples than micro-batches

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int, int, string, bool> Runs()
    {
        var runs = new TheoryData<int, int, string, bool>();
        foreach (int stages in new[] { 1, 2, 3, 4 })
            foreach (int microBatches in new[] { 1, 2, 4, 6 })
                foreach (string optimizer in new[] { "momentum", "adamw" })
                    foreach (bool overlap in new[] { false, true })
                        runs.Add(stages, microBatches, optimizer, overlap);
        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Parameters_AreThoseOfTheDelayedRuleTakenOneStepAfterTheOther(int stages, int microBatches, string optimizer, bool overlap)
    {
        PipelineOptions options = Options(stages, microBatches, optimizer);
        IReadOnlyList<double[]> expected = await ReferenceAsync(options);
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token);

        StepResult[] steps = await TrainAsync(pipeline, overlap);

        Assert.Equal(Enumerable.Range(1, s_minibatches.Length).Select(step => ((long)step, Math.Min(step - 1, 1))), steps.Select(step => (step.Step, step.Staleness)));
        IReadOnlyList<ParameterValues> actual = await pipeline.ReadParametersAsync(Token);
        for (int i = 0; i < expected.Count; i++) Assert.True(expected[i].AsSpan().SequenceEqual(actual[i].Values), $"{actual[i].Name} differs in its bits");
        Trial.AssertNothingLent(pipeline);
    }

    [Fact]
    public async Task ConsecutiveSteps_Overlap()
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        PipelineOptions options = Options(2, 4, "momentum") with { Layers = layers };
        using var begun = new ManualResetEventSlim();
        int forwards = 0;
        bool seen = false;
        // The last stage begins the second step before the first stage has ended the first.
        layers[3].Before = (_, action) =>
        {
            if (action == ActionKind.Forward && ++forwards == 5) begun.Set();
        };
        int last = MicroBatchRange.Split(ProbePipeline.Examples, 4)[3].First;
        layers[0].Before = (context, action) =>
        {
            if (action == ActionKind.WeightGradient && context.Step == 0 && context.FirstExample == last) seen = begun.Wait(TimeSpan.FromSeconds(20), CancellationToken.None);
        };
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token);

        await Task.WhenAll(pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token), pipeline.TrainStepAsync(ProbePipeline.Minibatch(2), Token));

        Assert.True(seen);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(3, 4)]
    [InlineData(4, 2)]
    [InlineData(2, 8)]
    public async Task The_forecast_is_what_the_ledger_measures_of_steps_that_overlap(int stages, int microBatches)
    {
        PipelineOptions options = Options(stages, microBatches, "adamw");
        IReadOnlyList<MemoryReport> forecast = await MemoryForecast.TrainingByStageAsync(options, ProbePipeline.Examples, ProbePipeline.Examples, Token);
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token);

        await TrainAsync(pipeline, overlap: true);
        await pipeline.EvaluateAsync(ProbePipeline.Minibatch(9), Token);

        Assert.Equal(forecast, MemoryReport.ByStage(pipeline.Ledger));
    }

    [Theory]
    [InlineData(0, 1, ActionKind.Forward)]
    [InlineData(0, 3, ActionKind.WeightGradient)]
    [InlineData(1, 0, ActionKind.Forward)]
    [InlineData(1, 2, ActionKind.InputGradient)]
    [InlineData(1, 0, ActionKind.WeightGradient)]
    public async Task AFault_LeavesTheParametersOfTheLastStepTakenAndTheStepsCanBeTakenAgain(int faultyStep, int layer, ActionKind faulty)
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        await using Pipeline pipeline = await Pipeline.CreateAsync(Options(2, 4, "momentum") with { Layers = layers }, Token);
        await using Pipeline reference = await Pipeline.CreateAsync(Options(2, 4, "momentum"), Token);
        layers[layer].Before = (context, action) =>
        {
            if (context.Step == faultyStep && action == faulty && context.FirstExample > 0) throw new InvalidOperationException("the layer is on fire");
        };

        Task<StepResult>[] steps = [.. Enumerable.Range(0, 2).Select(step => pipeline.TrainStepAsync(ProbePipeline.Minibatch((ulong)step), Token))];
        PipelineException failure = await Assert.ThrowsAsync<PipelineException>(() => steps[1]);
        await Task.WhenAny(steps[0]);

        Assert.Equal((faultyStep + 1, layer / 2, (int?)layer, faulty), (failure.Step, failure.Stage, failure.Layer, failure.Action));
        Assert.Equal(steps[0].IsCompletedSuccessfully ? 1 : 0, pipeline.StepsTaken);
        for (ulong step = 0; step < (ulong)pipeline.StepsTaken; step++) await reference.TrainStepAsync(ProbePipeline.Minibatch(step), Token);
        Trial.AssertBitEqual(await reference.CaptureAsync(Token), await pipeline.CaptureAsync(Token));
        Trial.AssertNothingLent(pipeline);

        layers[layer].Before = null;
        for (ulong step = (ulong)pipeline.StepsTaken; step < 4; step++)
        {
            await pipeline.TrainStepAsync(ProbePipeline.Minibatch(step), Token);
            await reference.TrainStepAsync(ProbePipeline.Minibatch(step), Token);
        }
        Trial.AssertBitEqual(await reference.CaptureAsync(Token), await pipeline.CaptureAsync(Token));
    }

    [Fact]
    public async Task AfterAFault_StepsOverlapAgain()
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        await using Pipeline pipeline = await Pipeline.CreateAsync(Options(2, 4, "momentum") with { Layers = layers }, Token);
        layers[1].Before = (_, _) => throw new InvalidOperationException("the layer is on fire");
        await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(ProbePipeline.Minibatch(0), Token));
        layers[1].Before = null;

        StepResult[] steps = await TrainAsync(pipeline, overlap: true);

        Assert.Equal(Enumerable.Range(1, s_minibatches.Length).Select(step => (long)step), steps.Select(step => step.Step));
    }

    [Fact]
    public async Task Cancellation_AtAnyMoment_LeavesTheParametersOfTheLastStepTaken()
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        await using Pipeline pipeline = await Pipeline.CreateAsync(Options(3, 4, "momentum") with { Layers = layers }, Token);
        await using Pipeline reference = await Pipeline.CreateAsync(Options(3, 4, "momentum"), Token);
        for (int round = 0; round < 30; round++)
        {
            using var cancellation = new CancellationTokenSource();
            int calls = 0, at = 1 + round * 7 % 96;
            foreach (ProbeLayer layer in layers)
            {
                layer.Before = (_, _) =>
                {
                    if (Interlocked.Increment(ref calls) == at) cancellation.Cancel();
                };
            }
            long before = pipeline.StepsTaken;
            Task<StepResult>[] steps = [.. Enumerable.Range(0, 2).Select(step => pipeline.TrainStepAsync(ProbePipeline.Minibatch((ulong)(before + step)), cancellation.Token))];
            await Task.WhenAll(steps.Select(step => Task.WhenAny(step)));
            foreach (ProbeLayer layer in layers) layer.Before = null;

            while (reference.StepsTaken < pipeline.StepsTaken) await reference.TrainStepAsync(ProbePipeline.Minibatch((ulong)reference.StepsTaken), Token);
            Trial.AssertBitEqual(await reference.CaptureAsync(Token), await pipeline.CaptureAsync(Token));
            Trial.AssertNothingLent(pipeline);
        }
    }

    [Theory]
    [InlineData(5, 1, 3)]
    [InlineData(10, 2, 4)]
    public async Task ATraining_OverlapsBetweenWhatIsDue_AndResumesBitEqual(int atStep, int stagesBefore, int stagesAfter)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("asynchronous");
        try
        {
            PipelineState expected = await RunTrainerAsync(4, 21, null, null);
            var store = new CheckpointStore(folder.FullName);
            await RunTrainerAsync(stagesBefore, atStep, store, null);
            Checkpoint checkpoint = (await store.LoadLatestAsync(Token)).Checkpoint;
            Assert.Contains("layers.0.weight.previous", checkpoint.OptimizerState.Select(tensor => tensor.Name));

            Trial.AssertBitEqual(expected, await RunTrainerAsync(stagesAfter, 21, null, checkpoint));

            // A synchronous pipeline takes the newest weights.
            await using Pipeline synchronous = await Pipeline.CreateAsync(Options(2, 4, "momentum") with { Schedule = "1f1b" }, Token);
            await synchronous.RestoreAsync(new PipelineState(checkpoint.Step, checkpoint.Parameters, checkpoint.OptimizerState), Token);
            PipelineState restored = await synchronous.CaptureAsync(Token);
            Assert.True(checkpoint.Parameters[0].Data.Span.SequenceEqual(restored.Parameters[0].Data.Span));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<PipelineState> RunTrainerAsync(int stages, int steps, CheckpointStore? store, Checkpoint? resume)
    {
        const int Examples = 40;
        var data = new Dataset(
            "drawn", ProbePipeline.Inputs, Trial.Gaussians(1, Examples * ProbePipeline.Inputs), 1,
            Trial.Classes(1, Examples, ProbePipeline.Outputs).Select(index => (float)index).ToArray(), ProbePipeline.Outputs);
        await using Pipeline pipeline = await Pipeline.CreateAsync(Options(stages, 4, "momentum"), Token);
        var options = new TrainerOptions { BatchSize = 8, Steps = steps, EvaluateEverySteps = 4, Checkpoints = store, LearningRate = step => 0.1 / (1 + step) };
        var trainer = new Trainer(pipeline, options, data, data);
        if (resume is not null) await trainer.ResumeAsync(resume, Token);
        TrainingSummary summary = await trainer.RunAsync(null, Token, Token);
        Assert.Equal((TrainingEnd.Completed, (long)steps, 1), (summary.End, summary.Steps, summary.Staleness));
        return await pipeline.CaptureAsync(Token);
    }

    private static async Task<StepResult[]> TrainAsync(Pipeline pipeline, bool overlap)
    {
        var running = new List<Task<StepResult>>();
        for (int step = 0; step < s_minibatches.Length; step++)
        {
            running.Add(pipeline.TrainStepAsync(ProbePipeline.Minibatch((ulong)step, s_minibatches[step]), Token));
            if (!overlap) await running[^1];
        }
        return await Task.WhenAll(running);
    }

    /// <summary>The rule, with gradients of a synchronous pipeline of one stage and updates by hand.</summary>
    private static async Task<IReadOnlyList<double[]>> ReferenceAsync(PipelineOptions options)
    {
        await using Pipeline gradients = await Pipeline.CreateAsync(options with { Stages = 1, Schedule = "gpipe", WeightDecay = WeightDecay.None, Optimizer = new SgdOptimizer() }, Token);
        using var bench = new ComputeBench(CpuDevice.Instance, PipelineBackprop.Tensors.ElementType.Float32);
        IReadOnlyList<ParameterValues> start = await gradients.ReadParametersAsync(Token);
        List<double[]> newest = [.. start.Select(parameter => parameter.Values)], older = newest;
        DeviceTensor[] values = [.. start.Select(parameter => bench.Upload(parameter.Values, parameter.Shape))];
        DeviceTensor[][] states = [.. start.Select(parameter => options.Optimizer.StateNames.Select(_ => bench.Upload(new double[parameter.Values.Length], parameter.Shape)).ToArray())];
        for (int step = 0; step < s_minibatches.Length; step++)
        {
            await gradients.WriteParametersAsync([.. start.Select((parameter, i) => parameter with { Values = older[i] })], Token);
            GradientResult result = await gradients.ComputeGradientsAsync(ProbePipeline.Minibatch((ulong)step, s_minibatches[step]), Token);
            older = newest;
            for (int i = 0; i < values.Length; i++)
            {
                double lambda = start[i].Name.EndsWith("weight", StringComparison.Ordinal) ? options.WeightDecay.Lambda : 0;
                bool isDecoupled = options.WeightDecay.For(options.Optimizer).Decoupled;
                var update = new ParameterUpdate(step + 1, options.Optimizer.LearningRate, 1, isDecoupled ? 0 : lambda, isDecoupled ? lambda : 0);
                options.Optimizer.Update(bench.Compute, update, bench.Upload(result.Gradients[i].Values, start[i].Shape), states[i], values[i]);
            }
            newest = [.. values.Select(bench.Download)];
        }
        return newest;
    }

    private static PipelineOptions Options(int stages, int microBatches, string optimizer) =>
        ProbePipeline.Options([new DenseLayer(ProbePipeline.Inputs, 6, Activation.Tanh), new DenseLayer(6, 7, Activation.Sigmoid), new DenseLayer(7, 4, Activation.Tanh), new DenseLayer(4, ProbePipeline.Outputs)], stages, microBatches, Schedule) with
        {
            Optimizer = optimizer == "adamw" ? OptimizerRegistry.Create("adamw", new OptimizerSettings { LearningRate = 0.01 }) : new SgdOptimizer(0.1, momentum: 0.9),
        };
}
