using PipelineBackprop.Benchmarks.Scoreboard.Peers;

namespace PipelineBackprop.Benchmarks.Scoreboard;

/// <summary>One measurement of a section: how thorough it is, against whom, and what it found.</summary>
internal sealed class SectionRun(Depth depth, PeerRunner? peers)
{
    private const double QuickShare = 0.1;
    private const int QuickTurns = 5;

    public Depth Depth => depth;

    public bool IsFull => depth == Depth.Full;

    /// <summary>The other programs; null when they are left out.</summary>
    public PeerRunner? Peers => peers;

    /// <summary>The thread counts to compare: 1, and 2 where there are two cores.</summary>
    public int[] ThreadCounts { get; } = Environment.ProcessorCount > 1 ? [1, 2] : [1];

    public List<Row> Rows { get; } = [];

    public List<DetailTable> Details { get; } = [];

    public List<string> Notes { get; } = [];

    /// <summary>What makes the measurement worth nothing, such as work that turned out not to be the same as a peer's.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>That many seconds in the full table, and less in the others.</summary>
    public double Seconds(double full) => IsFull ? full : full * QuickShare;

    /// <summary>A sampler of that many seconds a rival in the full table, and less in the others.</summary>
    public Sampler Sampler(double seconds, bool rests = true, int turns = Scoreboard.Sampler.UsualTurns) => depth switch
    {
        Depth.Smoke => Scoreboard.Sampler.Once,
        Depth.Quick => new Sampler(TimeSpan.FromSeconds(Seconds(seconds)), rests, Math.Min(turns, QuickTurns)),
        _ => new Sampler(TimeSpan.FromSeconds(Seconds(seconds)), rests, turns),
    };

    /// <summary>Picks by depth.</summary>
    public T Choose<T>(T smoke, T quick, T full) => depth switch { Depth.Smoke => smoke, Depth.Quick => quick, _ => full };
}
