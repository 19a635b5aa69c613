namespace PipelineBackprop.Schedules;

/// <summary>
/// Whether an asynchronous schedule gets by with its weight versions: the update a minibatch needs has been taken on its stage before
/// the first F, and the versions between the oldest still in use and the newest are no more than there are.
/// </summary>
internal static class WeightVersionCheck
{
    /// <summary>The first fault, or null; asks that each stage runs F, B and W each in micro-batch order.</summary>
    public static ScheduleFault? Find(PipelineSchedule schedule) => schedule.Staleness is not { } staleness ? null
        : Enumerable.Range(0, schedule.StageCount).Select(stage => Find(schedule, staleness, stage)).FirstOrDefault(fault => fault is not null);

    private static ScheduleFault? Find(PipelineSchedule schedule, WeightStaleness staleness, int stage)
    {
        int weightGradients = 0;
        foreach (PipelineAction action in schedule.ActionsOfStage(stage))
        {
            if (action.Kind == ActionKind.WeightGradient) weightGradients++;
            int newest = weightGradients / staleness.MicroBatchesPerUpdate;
            int needed = VersionOf(action.MicroBatch);
            if (action.Kind == ActionKind.Forward && newest < needed)
                return Fault(action, $"needs the weights after {needed} updates, but only {newest} have been taken on stage {stage}");
            // The oldest version in use is that of the first micro-batch whose W is still open.
            int oldest = weightGradients == schedule.MicroBatchCount ? newest : Math.Min(newest, VersionOf(weightGradients));
            if (newest - oldest + 1 > staleness.Versions)
                return Fault(action, $"leaves stage {stage} with {newest - oldest + 1} weight versions, but there are {staleness.Versions}");
        }
        return null;

        int VersionOf(int microBatch) => Math.Max((microBatch / staleness.MicroBatchesPerUpdate) - staleness.Delay, 0);

        ScheduleFault Fault(PipelineAction action, string complaint) =>
            new(ScheduleFaultReason.WeightVersion, action, schedule.DeviceOf(stage), $"{action} {complaint}");
    }
}
