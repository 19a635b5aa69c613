namespace PipelineBackprop.Benchmarks.Scoreboard.Report;

/// <summary>Everything one run of the scoreboard found.</summary>
internal sealed class Result(Depth depth, Machine machine)
{
    public Depth Depth => depth;

    public Machine Machine => machine;

    public List<SectionResult> Sections { get; } = [];

    public TimeSpan Duration { get; private set; }

    /// <summary>Load average at the end.</summary>
    public string LoadAfter { get; private set; } = "";

    /// <summary>Library → version.</summary>
    public IReadOnlyDictionary<string, string> Peers { get; private set; } = new Dictionary<string, string>();

    public IEnumerable<Row> Rows => Sections.SelectMany(section => section.Run.Rows);

    public int GoalCount => Rows.Count(row => row.Reached is not null);

    public int ReachedCount => Rows.Count(row => row.Reached is true);

    public void End(TimeSpan duration, IReadOnlyDictionary<string, string> peers) =>
        (Duration, Peers, LoadAfter) = (duration, peers, Machine.Load());
}
