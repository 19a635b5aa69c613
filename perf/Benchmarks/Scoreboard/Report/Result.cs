namespace PipelineBackprop.Benchmarks.Scoreboard.Report;

/// <summary>Everything one run of the scoreboard found.</summary>
/// <param name="depth">How much was measured.</param>
/// <param name="machine">Where.</param>
/// <param name="command">What measures the same again.</param>
internal sealed class Result(Depth depth, Machine machine, string command)
{
    public Depth Depth => depth;

    public Machine Machine => machine;

    public string Command => command;

    public List<SectionResult> Sections { get; } = [];

    public TimeSpan Duration { get; private set; }

    /// <summary>Load average at the end.</summary>
    public string LoadAfter { get; private set; } = "";

    /// <summary>Library → version.</summary>
    public IReadOnlyDictionary<string, string> Peers { get; private set; } = new Dictionary<string, string>();

    public IEnumerable<Row> Rows => Sections.SelectMany(section => section.Run.Rows);

    public int GoalCount => Rows.Count(row => row.Reached is not null);

    public int ReachedCount => Rows.Count(row => row.Reached is true);

    /// <summary>The goals in words, with what kept some of them from being looked at.</summary>
    public string Summary
    {
        get
        {
            int missing = Rows.Count(row => row.Goal.Length > 0 && row.Reached is null), broken = Sections.Count(section => section.Run.Faults.Count > 0);
            return $"{ReachedCount} of {GoalCount} goals reached{(missing > 0 ? $", {missing} not measured" : "")}{(broken > 0 ? $"; broken: {broken} of {Sections.Count} sections" : "")}";
        }
    }

    public void End(TimeSpan duration, IReadOnlyDictionary<string, string> peers) =>
        (Duration, Peers, LoadAfter) = (duration, peers, Machine.Load());
}
