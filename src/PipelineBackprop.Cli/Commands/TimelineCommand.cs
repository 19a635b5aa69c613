using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Cli.Pictures;
using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Configuration;
using PipelineBackprop.Gpu;
using PipelineBackprop.Timelines;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>timeline</c>: trains a few steps and draws one of them beside what was predicted.</summary>
internal sealed class TimelineCommand : ICliCommand
{
    private readonly Argument<string> _file = CommonOptions.RunFileArgument();
    private readonly Option<string[]> _set = CommonOptions.Set();
    private readonly Option<string?> _dataDirectory = CommonOptions.DataDirectory();
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<int?> _steps = new("--steps")
    {
        Description = "Steps trained, at least 1; of the last two thirds the median one is drawn. Default: " +
            string.Create(CultureInfo.InvariantCulture, $"{RecordedSteps.UsualSteps}, and more until {RecordedSteps.UsualTime.TotalSeconds} s have passed."),
        HelpName = "N",
    };
    private readonly Option<string> _output = new("--out") { Description = "The folder for NAME.svg and NAME.json.", HelpName = "DIR", DefaultValueFactory = _ => "timeline" };

    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        var command = new Command("timeline", "Draw a training step, stage by stage, beside what was predicted: as a picture, a trace for Perfetto and a table.")
        {
            _file, _output, _steps, _set, _dataDirectory, _json,
        };
        command.SetAction((parsed, _) => RunAsync(parsed, environment));
        examples[command] =
        [
            "pipelinebackprop timeline config/quickstart.json",
            "pipelinebackprop timeline config/mnist.json --data-dir data/mnist --set pipeline.schedule=zb-h1 --out pictures",
        ];
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CliEnvironment environment)
    {
        CancellationToken stop = environment.Interruption.Stop;
        int? steps = parsed.GetValue(_steps);
        if (steps < 1) throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"--steps is {steps}, but must be at least 1."));
        RunFile run = CommonOptions.LoadRunFile(parsed.GetRequiredValue(_file), parsed.GetValue(_set)!, parsed.GetValue(_dataDirectory));
        RunData data = RunData.Load(run, stop);
        int batch = Math.Min(run.Training.BatchSize, data.Train.Count);
        PipelineOptions options = RunModel.CreateOptions(run, data.Description, DeviceCatalog.Find);
        if (run.Pipeline.IsAutomatic)
        {
            (run, _) = await AutomaticPipeline.ChooseAsync(run, options, batch, stop);
            options = RunModel.CreateOptions(run, data.Description, DeviceCatalog.Find);
        }
        var planner = new PipelinePlanner(options);
        var comparison = new StepComparison(await planner.AsConfiguredAsync(batch, stop), await RecordedSteps.MedianAsync(options, run, data.Train, steps, stop))
        {
            StagesHelp = options.AreThreadsLent,
        };
        TimelineFiles files = TimelineFiles.Write(comparison, parsed.GetRequiredValue(_output), run.Name, TimelineTitle.Of(run.Name, options, comparison.Measured.Step));
        if (parsed.GetValue(_json))
        {
            await environment.Output.WriteLineAsync(JsonSerializer.Serialize(TimelineLine.Of(comparison, files), JsonLines.Options));
            return ExitCode.Done;
        }
        TimelineView.Write(environment.ConsoleOver(environment.Output), comparison);
        if (comparison.StagesHelp) await environment.Output.WriteLineAsync("Stages that wait help the others (pipeline.helpOtherStages); what was predicted leaves that out.");
        await environment.Output.WriteLineAsync($"Wrote {files.Svg}, and {files.Trace} for https://ui.perfetto.dev.");
        return ExitCode.Done;
    }
}
