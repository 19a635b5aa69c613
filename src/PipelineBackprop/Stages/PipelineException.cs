using PipelineBackprop.Blocks;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Stages;

/// <summary>
/// A pass that failed, with the place where it first went wrong. The parameters are those of before the step, every stash is empty and every
/// pooled buffer is back, and the next pass can start; only where an update was half taken, or a device's thread is lost, the next call says so.
/// </summary>
public sealed class PipelineException : Exception
{
    internal PipelineException(long stepsTaken, int stage, BlockPlace place, string what, Exception? inner)
        : base($"step {stepsTaken + 1}: stage {stage}, {place.Name}, action {new PipelineAction(stage, place.Action, place.MicroBatch)} " +
               $"({Describe(place.Action)} of micro-batch {place.MicroBatch}): {what}", inner)
    {
        Step = stepsTaken + 1;
        Stage = stage;
        Layer = place.Layer < 0 ? null : place.Layer;
        Action = place.Action;
        MicroBatch = place.MicroBatch;
    }

    /// <summary>Number of the step, from 1, as its <see cref="Training.StepResult"/> would have counted; of a pass that is none, the number of the step to come.</summary>
    public long Step { get; }

    /// <summary>The stage, from 0.</summary>
    public int Stage { get; }

    /// <summary>Index of the layer in the model; null in a transfer, the loss or the optimizer.</summary>
    public int? Layer { get; }

    /// <summary>F, B or W.</summary>
    public ActionKind Action { get; }

    /// <summary>Index of the micro-batch, from 0.</summary>
    public int MicroBatch { get; }

    private static string Describe(ActionKind action) => action switch
    {
        ActionKind.Forward => "forward",
        ActionKind.InputGradient => "input gradient",
        _ => "weight gradient",
    };
}
