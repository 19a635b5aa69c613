namespace PipelineBackprop.Benchmarks.Scoreboard;

/// <summary>How things are called in all sections.</summary>
internal static class Words
{
    public static string Threads(int threads) => threads == 1 ? "1 thread" : $"{threads} threads";

    public static string Cores(int cores) => cores == 1 ? "1 core" : $"{cores} cores";

    public static string Network(IReadOnlyList<int> widths) => string.Join('-', widths);
}
