namespace PipelineBackprop.Stages;

/// <summary>How long one stage worked on each kind of action in one pass.</summary>
/// <param name="Forward">F, the loss included.</param>
/// <param name="InputGradient">B.</param>
/// <param name="WeightGradient">W.</param>
/// <param name="Update">The optimizer's step.</param>
/// <param name="Span">From the stage's first action to its last.</param>
public readonly record struct StageTimes(
    TimeSpan Forward, TimeSpan InputGradient, TimeSpan WeightGradient, TimeSpan Update, TimeSpan Span)
{
    /// <summary>F + B + W.</summary>
    public TimeSpan Busy => Forward + InputGradient + WeightGradient;
}
