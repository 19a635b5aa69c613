using System.Diagnostics;
using PipelineBackprop.Diagnostics;

namespace PipelineBackprop.Training;

/// <summary>Tells the meter and the activities of what one pipeline does; its name, if it has one, goes along as the tag <c>pipeline</c>. Thread-safe.</summary>
internal sealed class StepTelemetry
{
    private readonly string? _name;
    private readonly TagList _tags;
    private readonly TagList[] _tagsOfStage;

    public StepTelemetry(string? name, int stages)
    {
        _name = name;
        _tags = name is null ? [] : [new("pipeline", name)];
        _tagsOfStage = [.. Enumerable.Range(0, stages).Select(stage => new TagList([.. _tags, new("stage", stage)]))];
    }

    /// <summary>Begins an activity, when what it is of has its turn; null where nobody listens.</summary>
    public Activity? Start(string kind)
    {
        Activity? activity = PipelineTelemetry.Activities.StartActivity(kind);
        if (_name is not null) activity?.SetTag("pipeline", _name);
        return activity;
    }

    /// <summary>A step has been taken, or skipped; whatever listeners throw, it has.</summary>
    public void Record(StepResult step, Activity? activity)
    {
        try
        {
            PipelineTelemetry.Steps.Add(1, _tags);
            if (step.Skipped) PipelineTelemetry.SkippedSteps.Add(1, _tags);
            PipelineTelemetry.Examples.Add(step.Examples, _tags);
            PipelineTelemetry.StepDuration.Record(step.Duration.TotalSeconds, _tags);
            PipelineTelemetry.Loss.Record(step.Loss, _tags);
            if (PipelineTelemetry.StageBusy.Enabled)
            {
                for (int stage = 0; stage < step.Stages.Count; stage++) PipelineTelemetry.StageBusy.Record(step.Stages[stage].Busy.TotalSeconds, _tagsOfStage[stage]);
            }
            activity?.SetTag("step", step.Step).SetTag("examples", step.Examples).SetTag("loss", step.Loss);
        }
        catch (Exception exception)
        {
            Note(exception);
        }
    }

    /// <summary>A pass has failed.</summary>
    public void Fail()
    {
        try { PipelineTelemetry.Faults.Add(1, _tags); }
        catch (Exception exception) { Note(exception); }
    }

    /// <summary>Ends an activity, with an error where what it is of has thrown; what was cancelled has not failed.</summary>
    public static void End(Activity? activity, Exception? thrown)
    {
        try
        {
            if (thrown is not (null or OperationCanceledException)) activity?.SetStatus(ActivityStatusCode.Error, thrown.Message).AddException(thrown);
            activity?.Dispose();
        }
        catch (Exception exception)
        {
            Note(exception);
        }
    }

    private static void Note(Exception exception) => Trace.TraceError($"A listener to {PipelineTelemetry.Name} failed: {exception}");
}
