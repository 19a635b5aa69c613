using System.Globalization;
using PipelineBackprop.Timelines;
using Spectre.Console;

namespace PipelineBackprop.Cli.Output;

/// <summary>A step beside its prediction, as a person reads it.</summary>
internal static class TimelineView
{
    // A nanosecond: below it a prediction is what rounding leaves of nothing, and no percentage says anything.
    private const double SmallestToCompare = 1e-9;

    public static void Write(IAnsiConsole console, StepComparison comparison)
    {
        Table table = Tables.Plain(string.Create(CultureInfo.InvariantCulture, $"step {comparison.Measured.Step}"), "predicted", "measured", "residual", "");
        Seconds("step", comparison.Plan.StepSeconds, comparison.Measured.Seconds);
        Seconds("pass, T barrier", comparison.PredictedBarrierTime, comparison.Measured.BarrierTime);
        Seconds("longest stage, T span", comparison.PredictedSpanTime, comparison.Measured.SpanTime);
        Part("bubble, barrier", comparison.PredictedBarrierBubble, comparison.Measured.BarrierBubble);
        Part("bubble, span", comparison.PredictedSpanBubble, comparison.Measured.SpanBubble);
        for (int stage = 0; stage < comparison.StageCount; stage++)
        {
            StageSeconds predicted = comparison.PredictedOf(stage), measured = comparison.MeasuredOf(stage);
            table.AddEmptyRow();
            Seconds(string.Create(CultureInfo.InvariantCulture, $"stage {stage}  F"), predicted.Forward, measured.Forward);
            Seconds("         B", predicted.InputGradient, measured.InputGradient);
            Seconds("         W", predicted.WeightGradient, measured.WeightGradient);
            Seconds("         wait", predicted.Wait, measured.Wait);
            if (comparison.StagesHelp) Seconds("         help, of the wait", predicted.Help, measured.Help);
            Seconds("         transfer, of F and B", predicted.Transfer, measured.Transfer);
            Seconds("         update", predicted.Update, measured.Update);
        }
        console.Write(table);

        void Seconds(string name, double predicted, double measured) => table.AddRow(
            name, Numbers.Time(predicted), Numbers.Time(measured), Signed(measured - predicted), predicted >= SmallestToCompare ? ((measured / predicted - 1) * 100).ToString("+0;−0;0", CultureInfo.InvariantCulture) + " %" : "");

        void Part(string name, double predicted, double measured) => table.AddRow(
            name, Numbers.Percent(predicted), Numbers.Percent(measured), ((measured - predicted) * 100).ToString("+0.00;−0.00", CultureInfo.InvariantCulture) + " points", "");
    }

    private static string Signed(double seconds) => (seconds < 0 ? "−" : "+") + Numbers.Time(Math.Abs(seconds));
}
