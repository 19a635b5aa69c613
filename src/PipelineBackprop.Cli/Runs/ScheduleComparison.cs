using PipelineBackprop.Optimise;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Cli.Runs;

/// <summary>Each known schedule against the best possible with the same stages on the same devices and no more memory.</summary>
internal sealed class ScheduleComparison(int devices, int microBatches, Func<PipelineSchedule, ScheduleTimes> timesOf, ScheduleObjective objective, double seconds)
{
    private readonly Dictionary<(string Placement, double Cap), OptimisedSchedule> _solved = [];

    /// <summary>One row a synchronous schedule that is small enough.</summary>
    /// <param name="chunks">Stages a device where the schedule takes any number; null for its default.</param>
    /// <param name="stop">Stops the search.</param>
    public IEnumerable<ScheduleDistance> Run(int? chunks, CancellationToken stop)
    {
        PipelineSchedule[] known = [.. Known(chunks)];
        return known.Select(schedule => Measure(schedule, known, stop));
    }

    private IEnumerable<PipelineSchedule> Known(int? chunks)
    {
        foreach (IScheduleGenerator generator in ScheduleCatalog.All)
        {
            int stagesADevice = chunks is { } wanted && generator.Chunks.Contains(wanted) ? wanted : generator.Chunks.Default;
            if (3L * devices * microBatches * stagesADevice > ScheduleOptimiser.MostActions) continue;
            PipelineSchedule schedule = generator.Generate(new ScheduleSize(devices, microBatches, stagesADevice));
            if (schedule.Staleness is null) yield return schedule;
        }
    }

    private ScheduleDistance Measure(PipelineSchedule schedule, PipelineSchedule[] known, CancellationToken stop)
    {
        double peak = ScheduleMemory.StashUntil(schedule, ActionKind.WeightGradient).PeakOf(schedule).Max();
        int[] deviceOfStage = [.. Enumerable.Range(0, schedule.StageCount).Select(schedule.DeviceOf)];
        // The peak of a device is at least 1; the sum of its parts may come out a little below.
        var problem = new ScheduleProblem(microBatches, deviceOfStage, timesOf(schedule)) { MemoryCap = Math.Max(1, peak), Objective = objective };
        (string, double) key = (string.Join(',', deviceOfStage), Math.Round(peak, 6));
        if (!_solved.TryGetValue(key, out OptimisedSchedule? best))
        {
            // The best known with no more memory, so that none of them beats the best that is shown beside it.
            best = ScheduleOptimiser.Solve(problem, seconds, known.Where(problem.Admits).MinBy(problem.TimeOf), stop);
            _solved.Add(key, best);
        }
        return new ScheduleDistance(schedule, peak, problem.TimeOf(schedule), best);
    }
}
