using PipelineBackprop.Schedules;

namespace PipelineBackprop.Optimise.Tests;

/// <summary>The least time by trying every order of every device: slow, without cleverness, and right.</summary>
internal static class EveryOrder
{
    public static double LeastTime(ScheduleProblem problem)
    {
        PipelineAction[][][] orders = [.. Enumerable.Range(0, problem.DeviceCount).Select(device => OrdersOf(problem, device).ToArray())];
        double least = double.PositiveInfinity;
        foreach (PipelineAction[][] chosen in Choices(orders, 0))
        {
            var schedule = new PipelineSchedule("tried", problem.MicroBatches, problem.DeviceOfStage, chosen);
            if (ScheduleValidator.Validate(schedule) is null && problem.Admits(schedule)) least = Math.Min(least, problem.TimeOf(schedule));
        }
        return least;
    }

    private static IEnumerable<PipelineAction[][]> Choices(PipelineAction[][][] orders, int device) => device == orders.Length
        ? [[]]
        : orders[device].SelectMany(order => Choices(orders, device + 1).Select(rest => (PipelineAction[][])[order, .. rest]));

    /// <summary>Every order of one device in which each stage keeps F before B before W and micro-batch order.</summary>
    private static IEnumerable<PipelineAction[]> OrdersOf(ScheduleProblem problem, int device)
    {
        int[] stages = [.. Enumerable.Range(0, problem.DeviceOfStage.Count).Where(stage => problem.DeviceOfStage[stage] == device)];
        return Extend([], new int[stages.Length, 3]);

        IEnumerable<PipelineAction[]> Extend(PipelineAction[] begun, int[,] done)
        {
            if (begun.Length == stages.Length * 3 * problem.MicroBatches)
            {
                yield return begun;
                yield break;
            }
            for (int i = 0; i < stages.Length; i++)
            {
                for (int kind = 0; kind < 3; kind++)
                {
                    if (done[i, kind] == problem.MicroBatches || (kind > 0 && done[i, kind] >= done[i, kind - 1])) continue;
                    var next = (int[,])done.Clone();
                    next[i, kind]++;
                    foreach (PipelineAction[] order in Extend([.. begun, new PipelineAction(stages[i], (ActionKind)kind, done[i, kind])], next)) yield return order;
                }
            }
        }
    }
}
