using System.CommandLine;
using System.Globalization;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Configuration;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>train</c>: trains what a run file describes.</summary>
internal sealed class TrainCommand : ICliCommand
{
    private readonly Argument<string> _file = CommonOptions.RunFileArgument();
    private readonly Option<string[]> _set = CommonOptions.Set();
    private readonly Option<string?> _dataDirectory = CommonOptions.DataDirectory();
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<string> _runs = CommonOptions.Runs();
    private readonly Option<string?> _name = new("--name") { Description = "The name of the run; default that of the run file.", HelpName = "NAME" };
    private readonly Option<bool> _resume = new("--resume") { Description = "Continue the run of that name from its last checkpoint." };
    private readonly Option<string?> _init = new("--init") { Description = "Start from the weights of a safetensors file.", HelpName = "FILE" };

    private readonly Option<long[]> _timeline = new("--timeline-step")
    {
        Description = "Draw the timeline of that step into the folder timeline of the run; may be given many times.",
        HelpName = "N",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        var command = new Command("train", "Train a network. Ctrl-C finishes the step, saves a checkpoint and stops; pressed twice it stops at once.")
        {
            _file, _set, _dataDirectory, _name, _runs, _resume, _init, _timeline, _json,
        };
        command.SetAction((parsed, _) => RunAsync(parsed, environment));
        examples[command] =
        [
            "pipelinebackprop train config/quickstart.json",
            "pipelinebackprop train config/quickstart.json --set optimizer.learningRate=0.05 --set pipeline.stages=1",
            "pipelinebackprop train config/mnist.json --data-dir data/mnist --name first --json",
            "pipelinebackprop train config/mnist.json --data-dir data/mnist --name first --resume",
            "pipelinebackprop train config/quickstart.json --timeline-step 100",
        ];
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CliEnvironment environment)
    {
        string[] name = parsed.GetValue(_name) is { } given ? [$"name={System.Text.Json.JsonSerializer.Serialize(given)}"] : [];
        RunFile run = CommonOptions.LoadRunFile(parsed.GetRequiredValue(_file), [.. parsed.GetValue(_set)!, .. name], parsed.GetValue(_dataDirectory));
        bool resume = parsed.GetValue(_resume);
        string? init = parsed.GetValue(_init);
        if (resume && init is not null) throw new InvalidInputException("--resume and --init cannot be given together: a resumed run has its weights already.");
        if (resume && run.Compare is not null) throw new InvalidInputException("--resume cannot be given for a run file with 'compare', whose runs are short.");
        long[] timeline = parsed.GetValue(_timeline)!;
        if (timeline.FirstOrDefault(step => step < 1, 1) is < 1 and long step) throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"--timeline-step is {step}, but the first step is 1."));
        var session = new TrainingSession(environment, ReportFor(environment, parsed.GetValue(_json)), parsed.GetRequiredValue(_runs), timeline);
        return run.Compare is null ? await session.TrainAsync(run, resume, init) : await session.CompareAsync(run, init);
    }

    private static ITrainingReport ReportFor(CliEnvironment environment, bool json)
    {
        if (json) return new JsonReport(environment.Output);
        Spectre.Console.IAnsiConsole console = environment.ConsoleOver(environment.Output);
        return environment.IsTerminal && console.Profile.Capabilities.Ansi ? new LiveReport(console, environment.Time) : new PlainReport(console, environment.Time);
    }
}
