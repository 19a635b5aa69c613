using PipelineBackprop.Schedules;

namespace PipelineBackprop.Optimise;

/// <summary>Times as the whole numbers a constraint solver takes.</summary>
/// <param name="UnitsPerTime">Whole numbers a unit of time.</param>
/// <param name="IsExact">Whether no time was rounded.</param>
internal sealed record TimeScale(double UnitsPerTime, bool IsExact)
{
    private const int MostParts = 1000, Resolution = 1000;
    private const double Tolerance = 1e-9;

    /// <summary>The smallest numbers that are exact, or a thousandth of the longest time where there are none.</summary>
    public static TimeScale Of(ScheduleProblem problem)
    {
        double[] times = [.. TimesOf(problem).Where(time => time > 0).Distinct()];
        if (times.Length == 0) return new TimeScale(1, true);
        double shortest = times.Min();
        for (int parts = 1; parts <= MostParts; parts++)
        {
            double unit = shortest / parts;
            if (times.Max() / unit > MostParts * Resolution) break;
            if (Array.TrueForAll(times, time => Math.Abs((time / unit) - Math.Round(time / unit)) < Tolerance * Math.Max(1, time / unit)))
                return new TimeScale(1 / unit, true);
        }
        return new TimeScale(Resolution / times.Max(), false);
    }

    public long Whole(double time) => (long)Math.Round(time * UnitsPerTime);

    private static IEnumerable<double> TimesOf(ScheduleProblem problem)
    {
        for (int stage = 0; stage < problem.Times.StageCount; stage++)
        {
            foreach (ActionKind kind in Enum.GetValues<ActionKind>()) yield return problem.Times.Of(new PipelineAction(stage, kind, 0));
            if (stage > 0 && problem.DeviceOfStage[stage] != problem.DeviceOfStage[stage - 1]) yield return problem.Times.Transfer(stage - 1, stage);
        }
    }
}
