using PipelineBackprop.Tensors;

namespace PipelineBackprop.Training;

/// <summary>Peak bytes of device memory by purpose: the sum over the stages of each stage's own peak.</summary>
/// <param name="Parameters">Weights, biases, normalisation parameters.</param>
/// <param name="Gradients">Gradient sums.</param>
/// <param name="OptimizerState">Momentum and moments.</param>
/// <param name="Stash">Activations kept for the backward pass.</param>
/// <param name="Workspace">Everything else within a step.</param>
/// <param name="Transfer">Room for tensors on their way between stages.</param>
/// <param name="Total">The stages' peaks over all purposes together; at most the sum of the others, whose peaks need not coincide.</param>
public sealed record MemoryReport(long Parameters, long Gradients, long OptimizerState, long Stash, long Workspace, long Transfer, long Total)
{
    /// <summary>What a ledger has seen so far.</summary>
    public static MemoryReport Of(MemoryLedger ledger) => new(
        ledger.Peak(MemoryPurpose.Parameters), ledger.Peak(MemoryPurpose.Gradients), ledger.Peak(MemoryPurpose.OptimizerState),
        ledger.Peak(MemoryPurpose.Stash), ledger.Peak(MemoryPurpose.Workspace), ledger.Peak(MemoryPurpose.Transfer),
        ledger.PeakTotal);
}
