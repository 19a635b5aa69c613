using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Configuration;
using PipelineBackprop.Data;
using Spectre.Console;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>data info</c>: counts, shapes and class balance.</summary>
internal sealed class DataInfoCommand : ICliCommand
{
    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        var source = new DataSource();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("info", "Print counts, shapes and class balance of a data set.") { json };
        foreach (Option option in source.Options) command.Add(option);
        command.SetAction((parsed, _) =>
        {
            RunData data = source.Load(parsed, environment.Interruption.Stop);
            if (parsed.GetValue(json)) WriteJson(environment.Output, data);
            else WriteTables(environment.ConsoleOver(environment.Output), data);
            return Task.FromResult(ExitCode.Done);
        });
        examples[command] =
        [
            "pipelinebackprop data info --kind digits",
            "pipelinebackprop data info --data-dir data/mnist",
            "pipelinebackprop data info --run-file config/weight-decay.json --json",
        ];
        return command;
    }

    private static void WriteTables(IAnsiConsole console, RunData data)
    {
        Dataset train = data.Train, test = data.Test;
        if (data.Encoding is { } encoding) console.WriteLine($"Learns {encoding}.");
        Table shapes = Tables.Plain("part", "examples", "inputs", train.ClassCount > 0 ? "classes" : "targets");
        foreach ((string part, Dataset set) in (ReadOnlySpan<(string, Dataset)>)[("train", train), ("test", test)])
            shapes.AddRow(part, Numbers.Whole(set.Count), Inputs(set), Numbers.Whole(set.ClassCount > 0 ? set.ClassCount : set.TargetWidth));
        console.Write(shapes);
        if (train.ClassCount == 0) return;
        int[] inTrain = ClassCounts(train), inTest = ClassCounts(test);
        Table balance = Tables.Plain("class", "train", "%", "test", "%");
        for (int c = 0; c < train.ClassCount; c++)
        {
            balance.AddRow(
                Markup.Escape(ClassName(train, c)), Numbers.Whole(inTrain[c]), Numbers.Percent((double)inTrain[c] / train.Count), Numbers.Whole(inTest[c]),
                Numbers.Percent((double)inTest[c] / test.Count));
        }
        console.Write(balance);
    }

    private static void WriteJson(TextWriter output, RunData data)
    {
        foreach ((string part, Dataset set) in (ReadOnlySpan<(string, Dataset)>)[("train", data.Train), ("test", data.Test)])
        {
            output.WriteLine(JsonSerializer.Serialize(
                new
                {
                    part,
                    examples = set.Count,
                    inputs = set.InputWidth,
                    targets = set.TargetWidth,
                    classes = set.ClassCount,
                    imageHeight = set.ImageHeight,
                    imageWidth = set.ImageWidth,
                    classCounts = set.ClassCount > 0 ? ClassCounts(set) : null,
                },
                JsonLines.Options));
        }
    }

    private static string Inputs(Dataset set) => set.ImageHeight > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{set.InputWidth} ({set.ImageHeight}×{set.ImageWidth})")
        : Numbers.Whole(set.InputWidth);

    private static int[] ClassCounts(Dataset set)
    {
        int[] counts = new int[set.ClassCount];
        foreach (float label in set.Targets.Span) counts[(int)label]++;
        return counts;
    }

    private static string ClassName(Dataset set, int index) => set.ClassNames?[index] ?? Numbers.Whole(index);
}
