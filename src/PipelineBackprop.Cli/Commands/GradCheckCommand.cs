using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Configuration;
using Spectre.Console;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>gradcheck</c>: compares the gradients of a run file's network with central differences.</summary>
internal sealed class GradCheckCommand : ICliCommand
{
    private readonly Argument<string> _file = CommonOptions.RunFileArgument();
    private readonly Option<string[]> _set = CommonOptions.Set();
    private readonly Option<string?> _dataDirectory = CommonOptions.DataDirectory();
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<int> _examples = new("--examples") { Description = "Examples of the minibatch, 1 to 1,024.", HelpName = "N", DefaultValueFactory = _ => 16 };
    private readonly Option<int> _entries = new("--entries") { Description = "Entries checked of each parameter, at least 1.", HelpName = "N", DefaultValueFactory = _ => 20 };
    private readonly Option<double> _tolerance = new("--tolerance")
    {
        Description = "The largest relative error that passes.",
        HelpName = "X",
        DefaultValueFactory = _ => 1e-5,
    };

    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        var command = new Command("gradcheck", "Compare the gradients of a network with central differences, in float64; exit code 1 if they differ.")
        {
            _file, _set, _dataDirectory, _examples, _entries, _tolerance, _json,
        };
        command.SetAction((parsed, _) => RunAsync(parsed, environment));
        examples[command] =
        [
            "pipelinebackprop gradcheck config/quickstart.json",
            "pipelinebackprop gradcheck config/quickstart.json --entries 200 --set optimizer.weightDecay.lambda=0.1",
        ];
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CliEnvironment environment)
    {
        CancellationToken stop = environment.Interruption.Stop;
        int examples = parsed.GetValue(_examples), entries = parsed.GetValue(_entries);
        double tolerance = parsed.GetValue(_tolerance);
        if (examples is < 1 or > 1024) throw new InvalidInputException($"--examples is {examples}, but must be from 1 to 1024.");
        if (entries < 1) throw new InvalidInputException($"--entries is {entries}, but must be at least 1.");
        if (!(tolerance > 0)) throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"--tolerance is {tolerance}, but must be above 0."));
        RunFile run = CommonOptions.LoadRunFile(parsed.GetRequiredValue(_file), parsed.GetValue(_set)!, parsed.GetValue(_dataDirectory));
        IReadOnlyList<GradientError> errors = await GradientCheck.RunAsync(run, RunData.Load(run, stop), examples, entries, stop);
        GradientError worst = errors.MaxBy(error => double.IsNaN(error.RelativeError) ? double.PositiveInfinity : error.RelativeError)!;
        bool passed = worst.RelativeError <= tolerance;
        if (parsed.GetValue(_json)) WriteJson(environment.Output, errors, worst, passed);
        else WriteTable(environment.ConsoleOver(environment.Output), errors, worst, tolerance, passed);
        return passed ? ExitCode.Done : ExitCode.Failed;
    }

    private static void WriteTable(IAnsiConsole console, IReadOnlyList<GradientError> errors, GradientError worst, double tolerance, bool passed)
    {
        Table table = Tables.Plain("parameter", "checked", "worst error", "at", "gradient", "difference");
        foreach (GradientError error in errors)
        {
            table.AddRow(
                Markup.Escape(error.Parameter), Numbers.Whole(error.Checked), Scientific(error.RelativeError), Markup.Escape(error.Place), Precise(error.Gradient),
                Precise(error.Difference));
        }
        console.Write(table);
        string verdict = passed ? "the gradients are right" : "the gradients are wrong";
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture,
            $"Worst parameter: [bold]{worst.Parameter}{worst.Place}[/], relative error {worst.RelativeError:0.0e+00}; {verdict} to {tolerance}.");
    }

    private static void WriteJson(TextWriter output, IReadOnlyList<GradientError> errors, GradientError worst, bool passed)
    {
        foreach (GradientError error in errors)
        {
            output.WriteLine(JsonSerializer.Serialize(
                new { parameter = error.Parameter, @checked = error.Checked, relativeError = error.RelativeError, place = error.Place, gradient = error.Gradient, difference = error.Difference },
                JsonLines.Options));
        }
        output.WriteLine(JsonSerializer.Serialize(new { worst = worst.Parameter, place = worst.Place, relativeError = worst.RelativeError, passed }, JsonLines.Options));
    }

    private static string Scientific(double value) => value.ToString("0.0e+00", CultureInfo.InvariantCulture);

    private static string Precise(double value) => value.ToString("0.0000000e+00", CultureInfo.InvariantCulture);
}
