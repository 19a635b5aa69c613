namespace PipelineBackprop.Benchmarks.Scoreboard;

/// <summary>How much of the table is measured.</summary>
internal enum Depth
{
    /// <summary>Every body once, on the small sizes, without a clock and without peers.</summary>
    Smoke,

    /// <summary>Under a minute: fewer sizes, shorter samples, fewer runs of the peers.</summary>
    Quick,

    /// <summary>The whole table in a few minutes.</summary>
    Full,
}
