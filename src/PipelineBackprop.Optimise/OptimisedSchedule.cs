using PipelineBackprop.Schedules;

namespace PipelineBackprop.Optimise;

/// <summary>The best schedule that was found.</summary>
/// <param name="Schedule">The schedule.</param>
/// <param name="Time">Its time, as the simulator gives it.</param>
/// <param name="LowerBound">No schedule takes less; equal to the time where the best is proven.</param>
/// <param name="IsProven">Whether no better one exists.</param>
public sealed record OptimisedSchedule(PipelineSchedule Schedule, double Time, double LowerBound, bool IsProven);
