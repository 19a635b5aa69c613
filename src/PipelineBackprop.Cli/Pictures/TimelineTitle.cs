using System.Globalization;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Pictures;

/// <summary>What stands above the picture of a step.</summary>
internal static class TimelineTitle
{
    /// <summary><c>quickstart, step 20: 2 stages, 4 micro-batches, 1f1b</c>.</summary>
    public static string Of(string name, PipelineOptions options, long step) => string.Create(
        CultureInfo.InvariantCulture,
        $"{name}, step {step}: {Count(options.Stages, "stage", "s")}, {Count(options.MicroBatches, "micro-batch", "es")}, {options.Schedule}");

    private static string Count(int count, string what, string plural) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : plural)}");
}
