using PipelineBackprop.Schedules;

namespace PipelineBackprop.Cli.Output;

/// <summary>How much time one column of a grid stands for.</summary>
internal static class ScheduleGridUnit
{
    private const int MostColumns = 2000, ExactColumns = 160, Columns = 100, MostParts = 24;
    private const double Tolerance = 1e-9;

    /// <summary>
    /// The largest time that all starts and ends are multiples of, where that takes no more columns than a person can follow; else the
    /// shortest action, so that every one has a column of its own; for very different times a hundredth of the whole.
    /// </summary>
    public static (double Unit, bool IsExact) Of(ScheduleTimeline timeline)
    {
        TimedAction[] actions = [.. Enumerable.Range(0, timeline.Schedule.DeviceCount).SelectMany(timeline.OfDevice)];
        double[] moments = [.. actions.SelectMany(timed => new[] { timed.Start, timed.End }).Where(time => time > 0).Distinct()];
        double shortest = actions.Select(timed => timed.End - timed.Start).Where(time => time > 0).Min();
        double smallest = moments.Min();
        for (int parts = 1; parts <= MostParts; parts++)
        {
            double unit = smallest / parts;
            if (timeline.BarrierTime / unit > ExactColumns && unit < shortest * (1 - Tolerance)) break;
            if (Array.TrueForAll(moments, time => IsMultiple(time / unit))) return (unit, true);
        }
        return (timeline.BarrierTime / shortest <= MostColumns ? shortest : timeline.BarrierTime / Columns, false);
    }

    private static bool IsMultiple(double quotient) => Math.Abs(quotient - Math.Round(quotient)) < Tolerance * Math.Max(1, quotient);
}
