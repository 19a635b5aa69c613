using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace PipelineBackprop.Diagnostics;

/// <summary>
/// The engine's meter and activity source, both named <c>PipelineBackprop</c>; a host listens with any OpenTelemetry or dotnet-counters client.
/// Thread-safe.
/// <para>Listeners are called before the pipeline lets the next call have its turn: one that waits for a call on the same pipeline waits for ever.</para>
/// </summary>
public static class PipelineTelemetry
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "PipelineBackprop";

    /// <summary>Activities: <c>train step</c>, <c>evaluate</c>, <c>predict</c>, <c>save checkpoint</c>.</summary>
    public static ActivitySource Activities { get; } = new(Name);

    internal static Meter Meter { get; } = new(Name);

    internal static Counter<long> Steps { get; } =
        Meter.CreateCounter<long>("pipelinebackprop.steps", "{step}", "Training steps taken.");

    internal static Counter<long> Examples { get; } =
        Meter.CreateCounter<long>("pipelinebackprop.examples", "{example}", "Examples trained on.");

    internal static Counter<long> SkippedSteps { get; } =
        Meter.CreateCounter<long>("pipelinebackprop.steps.skipped", "{step}", "Steps whose update loss scaling left out.");

    internal static Counter<long> Faults { get; } =
        Meter.CreateCounter<long>("pipelinebackprop.faults", "{fault}", "Passes that failed.");

    internal static Histogram<double> StepDuration { get; } =
        Meter.CreateHistogram<double>("pipelinebackprop.step.duration", "s", "Time of one training step.");

    internal static Histogram<double> StageBusy { get; } =
        Meter.CreateHistogram<double>("pipelinebackprop.stage.busy", "s", "Time a stage computed in one training step, by stage.");

    internal static Gauge<double> Loss { get; } =
        Meter.CreateGauge<double>("pipelinebackprop.loss", description: "L of the last training step.");
}
