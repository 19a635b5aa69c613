using PipelineBackprop.Schedules;

namespace PipelineBackprop.Planning;

/// <summary>How a schedule loads one stage.</summary>
/// <param name="Stage">The stage, from 0.</param>
/// <param name="Stages">How many there are.</param>
/// <param name="Stashed">The most micro-batches it keeps at once, from F to W.</param>
/// <param name="WaitingOutputs">The most of its outputs that can wait for the next stage.</param>
/// <param name="WaitingGradients">The most of its input gradients that can wait for the stage before.</param>
/// <param name="MicroBatches">Micro-batches of the minibatch.</param>
/// <param name="WeightVersions">Versions of its weights, each with gradients of its own: 1, or 2 where the schedule is asynchronous.</param>
public sealed record StageLoad(int Stage, int Stages, int Stashed, int WaitingOutputs, int WaitingGradients, int MicroBatches, int WeightVersions = 1)
{
    /// <summary>What the stage recomputes.</summary>
    public Recomputation Recomputation { get; init; }

    /// <summary>What it holds of other micro-batches while each of its actions runs.</summary>
    public IReadOnlyList<StashState> States { get; init; } = [];

    /// <summary>Whether the loss is the stage's.</summary>
    public bool IsLast => Stage == Stages - 1;
}
