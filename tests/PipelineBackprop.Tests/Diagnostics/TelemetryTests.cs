using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using PipelineBackprop.Checkpoints;
using PipelineBackprop.Data;
using PipelineBackprop.Diagnostics;
using PipelineBackprop.Layers;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Stages;
using PipelineBackprop.Tests.Stages;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Diagnostics;

/// <summary>What a host hears; other tests run pipelines in the same process, so values are sought and not counted.</summary>
public sealed class TelemetryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_meter_listener_hears_of_steps_examples_times_losses_and_faults()
    {
        var heard = new ConcurrentQueue<(string Name, double Value, object? Stage)>();
        using MeterListener listener = ListenToMeter();
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => heard.Enqueue((instrument.Name, value, Tag(tags, "stage"))));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => heard.Enqueue((instrument.Name, value, Tag(tags, "stage"))));
        listener.Start();

        ProbeLayer[] layers = ProbePipeline.Layers();
        await using Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(layers, stages: 3), Token);
        StepResult step = await pipeline.TrainStepAsync(ProbePipeline.Minibatch(77, examples: 9), Token);
        layers[0].Before = (_, _) => throw new InvalidOperationException("the layer is on fire");
        await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(ProbePipeline.Minibatch(77), Token));

        Assert.Contains(("pipelinebackprop.steps", 1.0, (object?)null), heard);
        Assert.Contains(("pipelinebackprop.examples", 9.0, (object?)null), heard);
        Assert.Contains(("pipelinebackprop.step.duration", step.Duration.TotalSeconds, (object?)null), heard);
        Assert.Contains(("pipelinebackprop.loss", step.Loss, (object?)null), heard);
        Assert.Contains(("pipelinebackprop.faults", 1.0, (object?)null), heard);
        for (int stage = 0; stage < 3; stage++)
            Assert.Contains(("pipelinebackprop.stage.busy", step.Stages[stage].Busy.TotalSeconds, (object?)stage), heard);
        Assert.All(step.Stages, times => Assert.True(times.Busy > TimeSpan.Zero && times.Span >= times.Busy && times.Update > TimeSpan.Zero));
    }

    [Fact]
    public async Task A_meter_listener_hears_of_the_steps_that_loss_scaling_skipped()
    {
        string name = $"pipeline {Guid.NewGuid()}";
        var heard = new ConcurrentQueue<(string Name, long Value)>();
        using MeterListener listener = ListenToMeter();
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (Tag(tags, "pipeline") as string == name) heard.Enqueue((instrument.Name, value));
        });
        listener.Start();
        await using Pipeline pipeline = await Pipeline.CreateAsync(
            ProbePipeline.Options([new DenseLayer(ProbePipeline.Inputs, 6), new DenseLayer(6, ProbePipeline.Outputs)], stages: 2) with { Name = name, LossScaling = new LossScaling(Initial: LossScaling.Largest) }, Token);

        Minibatch minibatch = ProbePipeline.Minibatch(1);
        var huge = new Minibatch(Array.ConvertAll(minibatch.Inputs.ToArray(), value => 1e35f * value), minibatch.Targets, minibatch.Count);
        Assert.True((await pipeline.TrainStepAsync(huge, Token)).Skipped);
        Assert.False((await pipeline.TrainStepAsync(minibatch, Token)).Skipped);

        Assert.Equal(2, heard.Count(one => one == ("pipelinebackprop.steps", 1)));
        Assert.Single(heard, one => one == ("pipelinebackprop.steps.skipped", 1));
    }

    [Fact]
    public async Task An_activity_listener_hears_of_each_kind_of_work()
    {
        var stopped = new ConcurrentQueue<Activity>();
        using ActivityListener listener = ListenToActivities(_ => { }, stopped.Enqueue);
        using var own = new Activity("test");
        own.Start();
        DirectoryInfo folder = Directory.CreateTempSubdirectory("telemetry");
        try
        {
            await using Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(ProbePipeline.Layers(), stages: 2), Token);
            await pipeline.PredictAsync(new float[ProbePipeline.Inputs], 1, Token);
            Minibatch minibatch = ProbePipeline.Minibatch(1, examples: 6);
            var data = new Dataset("drawn", ProbePipeline.Inputs, minibatch.Inputs, 1, minibatch.Targets, ProbePipeline.Outputs);
            var options = new TrainerOptions { BatchSize = 6, Checkpoints = new CheckpointStore(folder.FullName) };
            await new Trainer(pipeline, options, data, data).RunAsync(null, Token, Token);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        own.Stop();

        Activity[] mine = [.. stopped.Where(activity => activity.TraceId == own.TraceId)];
        Assert.Equal(["evaluate", "predict", "save checkpoint", "train step"], mine.Select(activity => activity.OperationName).Distinct().Order());
        Activity step = Assert.Single(mine, activity => activity.OperationName == "train step");
        Assert.Equal((1L, (object?)6), (step.GetTagItem("step"), step.GetTagItem("examples")));
        Assert.IsType<double>(step.GetTagItem("loss"));
        Activity prediction = Assert.Single(mine, activity => activity.OperationName == "predict");
        Assert.Equal(((object?)1, (object?)null), (prediction.GetTagItem("examples"), prediction.GetTagItem("pipeline")));
        Assert.All(mine, activity => Assert.Equal(ActivityStatusCode.Unset, activity.Status));
    }

    [Fact]
    public async Task What_fails_ends_its_activity_with_an_error_and_the_name_of_its_pipeline()
    {
        var stopped = new ConcurrentQueue<Activity>();
        using ActivityListener listener = ListenToActivities(_ => { }, stopped.Enqueue);
        ProbeLayer[] layers = ProbePipeline.Layers();
        layers[1].AfterForward = (_, _, _) => throw new InvalidOperationException("the layer is on fire");
        string name = $"pipeline {Guid.NewGuid()}";
        await using Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(layers, stages: 2) with { Name = name }, Token);
        Minibatch minibatch = ProbePipeline.Minibatch(1, examples: 6);

        await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(minibatch, Token));
        await Assert.ThrowsAsync<PipelineException>(() => pipeline.EvaluateAsync(minibatch, Token));
        await Assert.ThrowsAsync<PipelineException>(() => pipeline.PredictAsync(minibatch.Inputs, minibatch.Count, Token));
        using var cancelled = new CancellationTokenSource();
        layers[1].AfterForward = (_, _, _) => cancelled.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipeline.TrainStepAsync(minibatch, cancelled.Token));

        Activity[] mine = [.. stopped.Where(activity => (string?)activity.GetTagItem("pipeline") == name)];
        Assert.Equal(["train step", "evaluate", "predict", "train step"], mine.Select(activity => activity.OperationName));
        Assert.All(mine[..3], activity => Assert.Equal(
            (ActivityStatusCode.Error, true, "exception"),
            (activity.Status, activity.StatusDescription!.Contains("on fire", StringComparison.Ordinal), Assert.Single(activity.Events).Name)));
        Assert.Equal(ActivityStatusCode.Unset, mine[3].Status);
    }

    [Fact]
    public async Task A_checkpoint_that_cannot_be_saved_ends_its_activity_with_an_error_and_the_name_of_its_pipeline()
    {
        var stopped = new ConcurrentQueue<Activity>();
        using ActivityListener listener = ListenToActivities(_ => { }, stopped.Enqueue);
        string name = $"pipeline {Guid.NewGuid()}";
        string file = Path.GetTempFileName(); // a folder cannot be made where a file is
        try
        {
            await using Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(ProbePipeline.Layers(), stages: 2) with { Name = name }, Token);
            Minibatch minibatch = ProbePipeline.Minibatch(1, examples: 6);
            var data = new Dataset("drawn", ProbePipeline.Inputs, minibatch.Inputs, 1, minibatch.Targets, ProbePipeline.Outputs);
            var options = new TrainerOptions { BatchSize = 6, Checkpoints = new CheckpointStore(file) };
            await Assert.ThrowsAnyAsync<IOException>(() => new Trainer(pipeline, options, data, null).RunAsync(null, Token, Token));
        }
        finally
        {
            File.Delete(file);
        }

        Activity save = Assert.Single(stopped, activity => activity.OperationName == "save checkpoint" && (string?)activity.GetTagItem("pipeline") == name);
        Assert.Equal((ActivityStatusCode.Error, "exception"), (save.Status, Assert.Single(save.Events).Name));
    }

    [Fact]
    public async Task Listeners_that_throw_cost_no_step_that_was_taken_and_nobody_his_turn()
    {
        string name = $"pipeline {Guid.NewGuid()}";
        using var own = new Activity("test");
        own.Start();
        bool throws = true;
        using ActivityListener activities = ListenToActivities(
            activity =>
            {
                if (throws && activity.TraceId == own.TraceId) throw new InvalidOperationException("the exporter is gone");
            },
            activity =>
            {
                if (activity.TraceId == own.TraceId) throw new InvalidOperationException("the exporter is gone");
            });
        using MeterListener meters = ListenToMeter();
        meters.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            if ((string?)Tag(tags, "pipeline") == name) throw new InvalidOperationException("the exporter is gone");
        });
        meters.Start();
        await using Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(ProbePipeline.Layers(), stages: 2) with { Name = name }, Token);
        Minibatch minibatch = ProbePipeline.Minibatch(1);

        await Assert.ThrowsAsync<InvalidOperationException>(() => pipeline.TrainStepAsync(minibatch, Token));
        await Assert.ThrowsAsync<InvalidOperationException>(() => pipeline.EvaluateAsync(minibatch, Token));
        throws = false;
        Assert.Equal(1, (await pipeline.TrainStepAsync(minibatch, Token)).Step);
        await pipeline.EvaluateAsync(minibatch, Token);
        Assert.Equal(1, pipeline.StepsTaken);
    }

    [Fact]
    public async Task Measurements_of_a_pipeline_with_a_name_carry_it()
    {
        var heard = new ConcurrentQueue<(string Name, object? Pipeline, object? Stage)>();
        using MeterListener listener = ListenToMeter();
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => heard.Enqueue((instrument.Name, Tag(tags, "pipeline"), Tag(tags, "stage"))));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => heard.Enqueue((instrument.Name, Tag(tags, "pipeline"), Tag(tags, "stage"))));
        listener.Start();
        string name = $"pipeline {Guid.NewGuid()}";

        await using Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(ProbePipeline.Layers(), stages: 2) with { Name = name }, Token);
        await pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token);

        (string, object?)[] mine = [.. heard.Where(measurement => (string?)measurement.Pipeline == name).Select(measurement => (measurement.Name, measurement.Stage))];
        Assert.Equal(
            [
                ("pipelinebackprop.examples", null), ("pipelinebackprop.loss", null), ("pipelinebackprop.stage.busy", 0), ("pipelinebackprop.stage.busy", 1),
                ("pipelinebackprop.step.duration", null), ("pipelinebackprop.steps", null),
            ],
            mine.OrderBy(measurement => measurement.Item1).ThenBy(measurement => measurement.Item2));
    }

    private static ActivityListener ListenToActivities(Action<Activity> started, Action<Activity> stopped)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == PipelineTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = started,
            ActivityStopped = stopped,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static MeterListener ListenToMeter() => new()
    {
        InstrumentPublished = static (instrument, own) =>
        {
            if (instrument.Meter.Name == PipelineTelemetry.Name) own.EnableMeasurementEvents(instrument);
        },
    };

    private static object? Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags, string key)
    {
        foreach (KeyValuePair<string, object?> tag in tags)
            if (tag.Key == key) return tag.Value;
        return null;
    }
}
