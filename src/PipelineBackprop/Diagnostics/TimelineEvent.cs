namespace PipelineBackprop.Diagnostics;

/// <summary>A stretch of a step on one stage.</summary>
/// <param name="Kind">What the stage did.</param>
/// <param name="MicroBatch">The micro-batch; −1 where there is none.</param>
/// <param name="Start">When it began, in seconds from the call that asked for the step.</param>
/// <param name="End">When it ended, likewise.</param>
public readonly record struct TimelineEvent(TimelineEventKind Kind, int MicroBatch, double Start, double End)
{
    /// <summary>How long it took, in seconds.</summary>
    public double Seconds => End - Start;

    /// <summary>Whether it is F, B or W.</summary>
    public bool IsAction => Kind is TimelineEventKind.Forward or TimelineEventKind.InputGradient or TimelineEventKind.WeightGradient;
}
