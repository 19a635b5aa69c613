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

    /// <summary>The ratio in two decimals, or in more where a goal that is missed would read as reached; empty without one.</summary>
    public string RatioText
    {
        get
        {
            if (Ratio is not { } ratio) return "";
            int digits = 2;
            while (digits < 14 && Reached is false && Math.Round(ratio, digits) >= LeastRatio) digits += 2;
            return ratio.ToString($"F{digits}");
        }
    }

    /// <summary>Of two times, shorter is better.</summary>
    /// <param name="work">What was done.</param>
    /// <param name="ours">Ours in seconds.</param>
    /// <param name="how">How it was had.</param>
    /// <param name="rival">The rival's; null where there is none.</param>
    /// <param name="rivalHow">Likewise.</param>
    /// <param name="goal">The least ratio that is wanted; null for none.</param>
    /// <param name="ratio">The ratio where it is not that of the two times.</param>
    public static Row OfTimes(string work, double ours, string how, double? rival, string rivalHow, double? goal = null, double? ratio = null) => new(
        work, Measure.OfSeconds(ours, how), rival is { } seconds ? Measure.OfSeconds(seconds, rivalHow) : null, ratio ?? rival / ours)
    { LeastRatio = goal };

    /// <summary>Of two speeds, more is better.</summary>
    /// <param name="work">What was done.</param>
    /// <param name="ours">Ours.</param>
    /// <param name="rival">The rival's; null where there is none.</param>
    /// <param name="goal">The least ratio that is wanted; null for none.</param>
    /// <param name="ratio">The ratio where it is not that of the two speeds.</param>
    public static Row OfSpeeds(string work, Measure ours, Measure? rival, double? goal = null, double? ratio = null) =>
        new(work, ours, rival, ratio ?? ours.Value / rival?.Value) { LeastRatio = goal };
}
