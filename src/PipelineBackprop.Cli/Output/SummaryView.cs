using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Naming;
using PipelineBackprop.Training;
using Spectre.Console;

namespace PipelineBackprop.Cli.Output;

/// <summary>The end of a run as a person reads it: the results, and the memory as predicted and as measured.</summary>
internal static class SummaryView
{
    public static void Write(IAnsiConsole console, RunSummary summary)
    {
        console.WriteLine();
        Grid results = new Grid().AddColumn(new GridColumn().PadRight(3)).AddColumn(new GridColumn { Alignment = Justify.Right }.PadRight(3)).AddColumn();
        void Row(string name, string value, string meaning) => results.AddRow(new Markup(name), new Markup($"[bold]{value}[/]"), new Markup($"[grey]{meaning}[/]"));
        if (summary.TrainLoss is { } loss) Row("L", Numbers.Loss(loss), "mean loss on the training data");
        Row("s", Numbers.Loss(summary.Regularization), "weight decay, λ/2 Σ‖W‖²");
        if (summary.Objective is { } objective) Row("J", Numbers.Loss(objective), "objective, L + s");
        if (summary.TestLoss is { } testLoss) Row("test L", Numbers.Loss(testLoss), "mean loss on the test data");
        if (summary.TestAccuracy is { } accuracy) Row("test accuracy", Numbers.Percent(accuracy), "part of the test data classified right");
        if (summary.Staleness > 0) Row("staleness", Counted.Of(summary.Staleness, "step"), "age of the weights that gradients were taken at: asynchronous");
        Row("speed", Numbers.Whole(summary.ExamplesPerSecond), "training examples a second, evaluations left out");
        Row("time", Numbers.Duration(TimeSpan.FromSeconds(summary.Seconds)), $"{Counted.Of(summary.Steps, "step")}, {Counted.Of(summary.Epochs, "epoch")}{Ending(summary.End)}");
        if (summary.SkippedSteps is { } skipped) Row("skipped", Numbers.Whole(skipped), "steps that overflowed: loss scaling left out their update");
        console.Write(results);
        console.Write(Memory(summary.PredictedMemory, summary.PeakMemory));
        console.MarkupLineInterpolated($"Run folder: [bold]{summary.Folder}[/]");
    }

    private static string Ending(string end) => end switch
    {
        "stoppedEarly" => ", stopped early with the best parameters",
        "interrupted" => ", interrupted",
        _ => "",
    };

    private static Table Memory(MemoryReport predicted, MemoryReport measured)
    {
        Table table = Tables.Plain("peak memory", "predicted", "measured");
        foreach ((string purpose, Func<MemoryReport, long> bytes) in MemoryRows.All) table.AddRow(purpose, Numbers.Bytes(bytes(predicted)), Numbers.Bytes(bytes(measured)));
        return table;
    }
}
