namespace PipelineBackprop.Benchmarks.Scoreboard;

/// <summary>A line of the table. The ratio is above 1 where we are better, whatever the units.</summary>
/// <param name="Work">What was done.</param>
/// <param name="Ours">What the engine reached.</param>
/// <param name="Rival">What a peer or the machine's limit reached; null when it could not be measured or there is none.</param>
/// <param name="Ratio">Ours against the rival's; null without one.</param>
internal sealed record Row(string Work, Measure Ours, Measure? Rival, double? Ratio)
{
    /// <summary>The least ratio that is wanted; null when the line is only shown.</summary>
    public double? LeastRatio { get; init; }

    /// <summary>The most that our own number may be; null for lines with a ratio.</summary>
    public double? MostOurs { get; init; }

    public string Goal => LeastRatio is { } least ? $"≥ {least:0.00}" : MostOurs is { } most ? $"≤ {new Measure(most, Ours.Unit).Text}" : "";

    /// <summary>Null when there is no goal or no ratio.</summary>
    public bool? Reached => LeastRatio is { } least ? Ratio is { } ratio ? ratio >= least : null : MostOurs is { } most ? Ours.Value <= most : null;

    /// <summary>Of two times, shorter is better.</summary>
    public static Row OfTimes(string work, double ours, string how, double? rival, string rivalHow, double? goal = null) => new(
        work, Measure.OfSeconds(ours, how), rival is { } seconds ? Measure.OfSeconds(seconds, rivalHow) : null, rival / ours)
    { LeastRatio = goal };

    /// <summary>Of two speeds, more is better.</summary>
    public static Row OfSpeeds(string work, Measure ours, Measure? rival, double? goal = null) =>
        new(work, ours, rival, ours.Value / rival?.Value) { LeastRatio = goal };
}
