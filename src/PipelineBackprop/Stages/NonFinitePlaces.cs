using PipelineBackprop.Blocks;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Stages;

/// <summary>NaN spreads: which of the stages that met it met it first.</summary>
internal static class NonFinitePlaces
{
    /// <summary>
    /// The stage that came first by the way the numbers take, and its place: forward from the first stage to the last, then back. The same whatever the
    /// timing. Null when no stage met any.
    /// </summary>
    public static (int Stage, BlockFault Fault)? First(IReadOnlyList<BlockFault?> byStage)
    {
        for (int stage = 0; stage < byStage.Count; stage++)
            if (byStage[stage] is { Place.Action: ActionKind.Forward } fault) return (stage, fault);
        for (int stage = byStage.Count - 1; stage >= 0; stage--)
            if (byStage[stage] is { } fault) return (stage, fault);
        return null;
    }
}
