using System.Globalization;

namespace PipelineBackprop.Schedules;

/// <summary>What each device may hold at once.</summary>
/// <param name="Memory">What the actions take and free.</param>
/// <param name="OfDevice">For each device the most it may hold, in the unit of <paramref name="Memory"/>.</param>
public sealed record MemoryBudget(ScheduleMemory Memory, IReadOnlyList<double> OfDevice)
{
    /// <summary>Sums of parts such as 1/3 may come out a little above the whole.</summary>
    private const double Tolerance = 1e-9;

    internal void ThrowIfNotFor(PipelineSchedule schedule)
    {
        Memory.ThrowIfNotFor(schedule);
        if (OfDevice.Count != schedule.DeviceCount)
            throw new ArgumentException($"the memory budget has {OfDevice.Count} devices, the schedule {schedule.DeviceCount}", nameof(schedule));
    }

    internal ScheduleFault? FindExcess(PipelineSchedule schedule)
    {
        for (int device = 0; device < schedule.DeviceCount; device++)
        {
            double held = 0, budget = OfDevice[device];
            foreach (PipelineAction action in schedule.ActionsOf(device))
            {
                held += Memory.TakenBy(action);
                if (held > budget + (Tolerance * Math.Abs(budget)))
                    return new ScheduleFault(ScheduleFaultReason.StashBudgetExceeded, action, device, string.Create(CultureInfo.InvariantCulture,
                        $"{action} makes device {device} hold {held}, but its memory budget is {budget}"));
                held -= Memory.FreedBy(action);
            }
        }
        return null;
    }
}
