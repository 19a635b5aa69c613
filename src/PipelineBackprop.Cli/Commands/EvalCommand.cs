using System.CommandLine;
using System.Text.Json;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Configuration;
using PipelineBackprop.Data;
using PipelineBackprop.Training;
using Spectre.Console;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>eval</c>: measures a trained network on its data.</summary>
internal sealed class EvalCommand : ICliCommand
{
    private readonly Argument<string> _run = CommonOptions.RunArgument();
    private readonly Option<string[]> _set = CommonOptions.Set();
    private readonly Option<string?> _dataDirectory = CommonOptions.DataDirectory();
    private readonly Option<string> _runs = CommonOptions.Runs();
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<bool> _best = new("--best") { Description = "Take the best checkpoint of early stopping instead of the latest." };

    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        var command = new Command("eval", "Measure a trained network on its training and test data.") { _run, _set, _dataDirectory, _runs, _best, _json };
        command.SetAction((parsed, _) => RunAsync(parsed, environment));
        examples[command] =
        [
            "pipelinebackprop eval runs/quickstart",
            "pipelinebackprop eval quickstart --set data.seed=2 --json",
        ];
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CliEnvironment environment)
    {
        CancellationToken stop = environment.Interruption.Stop;
        RunFolder folder = RunFolder.Open(parsed.GetRequiredValue(_runs), parsed.GetRequiredValue(_run));
        RunFile run = folder.ReadConfig([.. parsed.GetValue(_set)!, .. CommonOptions.DataDirectoryOverride(parsed.GetValue(_dataDirectory))]);
        DataDescription description = folder.ReadData();
        RequireColumnsOf(folder.ReadConfig([]).Data, run.Data);
        RunData data = RunData.LoadFor(description, run, stop);
        RequireSame(description, data.Description);
        await using Pipeline pipeline = await TrainedPipeline.LoadAsync(run, description, folder, parsed.GetValue(_best), environment.Error, stop);
        var results = new List<(string Part, Dataset Set, EvaluationResult Result)>();
        foreach ((string part, Dataset set) in ((string, Dataset)[])[("train", data.Train), ("test", data.Test)])
            results.Add((part, set, await pipeline.EvaluateAsync(set, stop)));
        if (parsed.GetValue(_json)) WriteJson(environment.Output, results);
        else WriteTable(environment.ConsoleOver(environment.Output), results);
        return ExitCode.Done;
    }

    // What the columns of a CSV file mean was settled by the training.
    private static void RequireColumnsOf(DataSettings trained, DataSettings given)
    {
        if ((trained, given) is not (CsvDataSettings before, CsvDataSettings now)) return;
        bool same = (before.Label, before.Task, before.Standardise) == (now.Label, now.Task, now.Standardise) && before.OneHot.SequenceEqual(now.OneHot) && before.Ignore.SequenceEqual(now.Ignore);
        if (!same)
            throw new InvalidInputException("The network was trained with columns of another meaning; data.label, data.task, data.oneHot, data.ignore and data.standardise must stay as they are in the run.");
    }

    private static void RequireSame(DataDescription trained, DataDescription given)
    {
        if ((trained.InputWidth, trained.TargetWidth, trained.ClassCount) != (given.InputWidth, given.TargetWidth, given.ClassCount))
        {
            throw new InvalidInputException(
                $"The network was trained on {trained.InputWidth} inputs and {trained.ClassCount} classes, but {given.Name} has {given.InputWidth} and {given.ClassCount}.");
        }
    }

    private static void WriteTable(IAnsiConsole console, IEnumerable<(string Part, Dataset Set, EvaluationResult Result)> results)
    {
        Table table = Tables.Plain("part", "examples", "L", "accuracy", "examples/s");
        foreach ((string part, _, EvaluationResult result) in results)
        {
            table.AddRow(part, Numbers.Whole(result.Examples), Numbers.Loss(result.Loss), result.Accuracy is { } accuracy ? Numbers.Percent(accuracy) : "-",
                Numbers.Whole(result.Examples / result.Duration.TotalSeconds));
        }
        console.Write(table);
    }

    private static void WriteJson(TextWriter output, IEnumerable<(string Part, Dataset Set, EvaluationResult Result)> results)
    {
        foreach ((string part, _, EvaluationResult result) in results)
        {
            output.WriteLine(JsonSerializer.Serialize(
                new { part, examples = result.Examples, loss = result.Loss, accuracy = result.Accuracy, seconds = result.Duration.TotalSeconds }, JsonLines.Options));
        }
    }
}
