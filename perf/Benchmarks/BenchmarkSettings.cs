using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Reports;

namespace PipelineBackprop.Benchmarks;

/// <summary>What all benchmarks share: the columns and how wide a case may print.</summary>
internal static class BenchmarkSettings
{
    private const int LongestCase = 40;

    /// <summary>BenchmarkDotNet's defaults with the column of arithmetic speed.</summary>
    public static IConfig Create() => ManualConfig.Create(DefaultConfig.Instance)
        .AddColumn(new GflopsColumn())
        .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(LongestCase));
}
