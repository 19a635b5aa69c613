using PipelineBackprop.Tensors;

namespace PipelineBackprop.Training;

/// <summary>Peak bytes of device memory by purpose: the sum over the stages of each stage's own peak.</summary>
/// <param name="Parameters">Weights, biases, normalisation parameters.</param>
/// <param name="Gradients">Gradient sums.</param>
/// <param name="OptimizerState">Momentum and moments.</param>
/// <param name="Stash">Activations kept for the backward pass.</param>
/// <param name="Workspace">Everything else within a step.</param>
/// <param name="Transfer">Room for tensors on their way between stages.</param>
/// <param name="Scratch">What devices hold beside tensors, on the first of the stages that share one.</param>
/// <param name="Total">The stages' peaks over all purposes together; at most the sum of the others, whose peaks need not coincide.</param>
public sealed record MemoryReport(long Parameters, long Gradients, long OptimizerState, long Stash, long Workspace, long Transfer, long Scratch, long Total)
{
    /// <summary>What a ledger has seen so far.</summary>
    public static MemoryReport Of(MemoryLedger ledger)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        return Sum(ByStage(ledger));
    }

    /// <summary>What a ledger has seen so far of each stage, in order.</summary>
    public static IReadOnlyList<MemoryReport> ByStage(MemoryLedger ledger)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        return [.. ledger.Accounts.Select(Of)];
    }

    /// <summary>The stages together.</summary>
    public static MemoryReport Sum(IEnumerable<MemoryReport> stages) => stages.Aggregate(
        new MemoryReport(0, 0, 0, 0, 0, 0, 0, 0),
        (a, b) => new MemoryReport(
            a.Parameters + b.Parameters, a.Gradients + b.Gradients, a.OptimizerState + b.OptimizerState, a.Stash + b.Stash, a.Workspace + b.Workspace,
            a.Transfer + b.Transfer, a.Scratch + b.Scratch, a.Total + b.Total));

    private static MemoryReport Of(LedgerAccount account) => new(
        account.Peak(MemoryPurpose.Parameters), account.Peak(MemoryPurpose.Gradients), account.Peak(MemoryPurpose.OptimizerState),
        account.Peak(MemoryPurpose.Stash), account.Peak(MemoryPurpose.Workspace), account.Peak(MemoryPurpose.Transfer),
        account.Peak(MemoryPurpose.Scratch), account.PeakTotal);
}
