using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace PipelineBackprop.Benchmarks;

/// <summary>Billions of floating-point operations a second: the case's <see cref="IHasWork.Flops"/> over the mean time.</summary>
internal sealed class GflopsColumn : IColumn
{
    public string Id => nameof(GflopsColumn);

    public string ColumnName => "GFLOP/s";

    public string Legend => "Floating-point operations of the matrix products / mean time (a multiply-add is two)";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public bool IsAvailable(Summary summary) => summary.BenchmarksCases.Any(benchmark => FlopsOf(benchmark) is not null);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
    {
        double? flops = FlopsOf(benchmarkCase), nanoseconds = summary[benchmarkCase]?.ResultStatistics?.Mean;
        return flops is null || nanoseconds is null ? "-" : (flops.Value / nanoseconds.Value).ToString("0.0", CultureInfo.InvariantCulture);
    }

    private static double? FlopsOf(BenchmarkCase benchmark) =>
        benchmark.Parameters.Items.Select(item => item.Value).OfType<IHasWork>().FirstOrDefault()?.Flops;
}
