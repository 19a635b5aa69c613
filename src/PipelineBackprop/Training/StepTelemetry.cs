using System.Diagnostics;
using PipelineBackprop.Diagnostics;

namespace PipelineBackprop.Training;

/// <summary>Tells the meter and the activity of a step.</summary>
internal static class StepTelemetry
{
    public static void Record(StepResult step, Activity? activity)
    {
        PipelineTelemetry.Steps.Add(1);
        if (step.Skipped) PipelineTelemetry.SkippedSteps.Add(1);
        PipelineTelemetry.Examples.Add(step.Examples);
        PipelineTelemetry.StepDuration.Record(step.Duration.TotalSeconds);
        PipelineTelemetry.Loss.Record(step.Loss);
        if (PipelineTelemetry.StageBusy.Enabled)
        {
            for (int stage = 0; stage < step.Stages.Count; stage++)
                PipelineTelemetry.StageBusy.Record(step.Stages[stage].Busy.TotalSeconds, new KeyValuePair<string, object?>("stage", stage));
        }
        activity?.SetTag("step", step.Step).SetTag("examples", step.Examples).SetTag("loss", step.Loss);
    }
}
