namespace PipelineBackprop.Schedules;

/// <summary>
/// The family of one-chunk schedules that differ only in the number of warm-up forwards: after those, a stage runs B, W and the next
/// F in turn while there are forwards left. W follows its B directly, so B is sent on before W is computed.
/// </summary>
internal static class WarmUpOrder
{
    /// <param name="name">The schedule's name.</param>
    /// <param name="stageCount">p, at least 1; device i owns stage i.</param>
    /// <param name="microBatchCount">m, at least 1.</param>
    /// <param name="warmUps">From (stage, p, m) to the number of warm-up forwards, 1 to m.</param>
    public static PipelineSchedule Generate(string name, int stageCount, int microBatchCount, Func<int, int, int, int> warmUps)
    {
        PipelineSchedule.ThrowIfFrameIsImpossible(stageCount, microBatchCount);
        var orders = new PipelineAction[stageCount][];
        for (int stage = 0; stage < stageCount; stage++)
            orders[stage] = Order(stage, microBatchCount, warmUps(stage, stageCount, microBatchCount));
        return new PipelineSchedule(name, microBatchCount, [.. Enumerable.Range(0, stageCount)], orders);
    }

    private static PipelineAction[] Order(int stage, int microBatchCount, int warmUps)
    {
        var order = new List<PipelineAction>(microBatchCount * ActionKindExtensions.Count);
        int forward = 0;
        while (forward < warmUps) order.Add(new PipelineAction(stage, ActionKind.Forward, forward++));
        for (int backward = 0; backward < microBatchCount; backward++)
        {
            order.Add(new PipelineAction(stage, ActionKind.InputGradient, backward));
            order.Add(new PipelineAction(stage, ActionKind.WeightGradient, backward));
            if (forward < microBatchCount) order.Add(new PipelineAction(stage, ActionKind.Forward, forward++));
        }
        return [.. order];
    }
}
