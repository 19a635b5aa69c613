using PipelineBackprop.Optimise;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Cli.Runs;

/// <summary>How far a schedule is from the best possible.</summary>
/// <param name="Schedule">The schedule.</param>
/// <param name="PeakMemory">Its largest stash on a device until W, in M; the best one may hold as much.</param>
/// <param name="Time">Its time.</param>
/// <param name="Best">The best that was found.</param>
internal sealed record ScheduleDistance(PipelineSchedule Schedule, double PeakMemory, double Time, OptimisedSchedule Best)
{
    /// <summary>How much longer it takes than the best, as a part of that.</summary>
    public double Excess => Best.Time == 0 ? 0 : Math.Max(0, (Time - Best.Time) / Best.Time);
}
