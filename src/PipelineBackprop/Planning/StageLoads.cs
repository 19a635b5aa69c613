using PipelineBackprop.Schedules;

namespace PipelineBackprop.Planning;

/// <summary>How a schedule loads its stages, for every way to recompute; each looked for once. Not thread-safe.</summary>
internal sealed class StageLoads(PipelineSchedule schedule)
{
    private readonly int[] _stashed = StashBounds.PeakStash(schedule), _outputs = StashBounds.MaxWaitingForwards(schedule), _gradients = StashBounds.MaxWaitingGradients(schedule);
    private readonly int _microBatches = schedule.MicroBatchCount / schedule.MinibatchCount; // of one minibatch
    private readonly Dictionary<(int Stage, Recomputation Recomputation), StageLoad> _known = [];

    public StageLoad Of(int stage, Recomputation recomputation)
    {
        if (_known.TryGetValue((stage, recomputation), out StageLoad? known)) return known;
        return _known[(stage, recomputation)] = new StageLoad(
            stage, schedule.StageCount, _stashed[stage], stage < _outputs.Length ? _outputs[stage] : 0, stage > 0 ? _gradients[stage - 1] : 0, _microBatches, schedule.Staleness?.Versions ?? 1)
        {
            Recomputation = recomputation,
            States = StashState.Of(schedule, stage, recomputation.CountOf(_microBatches)),
        };
    }
}
