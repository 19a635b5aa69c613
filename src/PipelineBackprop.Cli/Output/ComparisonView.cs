using PipelineBackprop.Cli.Runs;
using Spectre.Console;

namespace PipelineBackprop.Cli.Output;

/// <summary>The runs of a comparison side by side.</summary>
internal static class ComparisonView
{
    public static void Write(IAnsiConsole console, string setting, IReadOnlyList<(string Value, RunSummary Summary)> runs)
    {
        bool classes = runs.Any(run => run.Summary.TestAccuracy is not null);
        Table table = Tables.Plain([setting, "training loss L", "s", "J", "‖W‖", "test loss", .. classes ? ["test accuracy"] : Array.Empty<string>()]);
        foreach ((string value, RunSummary summary) in runs)
        {
            string[] cells = [Markup.Escape(value), Show(summary.TrainLoss), Numbers.Loss(summary.Regularization), Show(summary.Objective), Numbers.Loss(summary.WeightNorm), Show(summary.TestLoss)];
            table.AddRow([.. cells, .. classes ? [summary.TestAccuracy is { } accuracy ? Numbers.Percent(accuracy) : "-"] : Array.Empty<string>()]);
        }
        console.WriteLine();
        console.Write(table);
        Explain(console, setting.Split('.')[^1], runs);
    }

    // The lesson of the table, where it shows one.
    private static void Explain(IAnsiConsole console, string setting, IReadOnlyList<(string Value, RunSummary Summary)> runs)
    {
        (string Value, RunSummary Summary)[] measured = [.. runs.Where(run => run.Summary.TestLoss is not null)];
        if (measured.Length < 2) return;
        (string value, RunSummary best) = measured.MinBy(run => run.Summary.TestLoss);
        (string other, RunSummary fitted) = measured.MinBy(run => run.Summary.TrainLoss);
        if (value == other)
        {
            console.MarkupLineInterpolated($"{setting} = {value} is best on the training data and on new data.");
            return;
        }
        console.MarkupLineInterpolated(
            $"{setting} = {other} fits the training data best (L {Numbers.Loss(fitted.TrainLoss!.Value)}), but {setting} = {value} is best on new data (test L {Numbers.Loss(best.TestLoss!.Value)} against {Numbers.Loss(fitted.TestLoss!.Value)}).");
        if (best.WeightNorm >= fitted.WeightNorm) return;
        console.MarkupLineInterpolated(
            $"Its weights are smaller (‖W‖ {Numbers.Loss(best.WeightNorm)} against {Numbers.Loss(fitted.WeightNorm)}): what the training examples do not ask for is noise on new data.");
    }

    private static string Show(double? value) => value is { } given ? Numbers.Loss(given) : "-";
}
