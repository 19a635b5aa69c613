using System.CommandLine;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Cli.Pictures;
using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Configuration;
using PipelineBackprop.Gpu;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>plan</c>: memory, time and the best split of a run before it is run.</summary>
internal sealed class PlanCommand : ICliCommand
{
    private readonly Argument<string> _file = CommonOptions.RunFileArgument();
    private readonly Option<string[]> _set = CommonOptions.Set();
    private readonly Option<string?> _dataDirectory = CommonOptions.DataDirectory();
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<bool> _profile = new("--profile") { Description = "Measure every layer on the device and predict the time of a step." };
    private readonly Option<string?> _memory = new("--memory")
    {
        Description = "Look for the fastest split, micro-batches, schedule and recomputation whose devices take no more than that each: 512MB, 1.5GiB.",
        HelpName = "SIZE",
    };

    private readonly Option<bool> _compare = new("--compare") { Description = "Compare splitting over more devices with smaller minibatches on one." };
    private readonly Option<int?> _devices = new("--devices") { Description = "The most devices compared, at least 1; default 4, at most one a layer.", HelpName = "N" };
    private readonly Option<string?> _output = new("--out") { Description = "With --compare: draw the comparison too, as .png or .svg.", HelpName = "FILE" };

    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        var command = new Command("plan", "Predict memory and time of a run before anything is allocated.") { _file, _profile, _memory, _compare, _devices, _output, _set, _dataDirectory, _json };
        command.SetAction((parsed, _) => RunAsync(parsed, environment));
        examples[command] =
        [
            "pipelinebackprop plan config/quickstart.json",
            "pipelinebackprop plan config/mnist.json --data-dir data/mnist --memory 8MB",
            "pipelinebackprop plan config/quickstart.json --compare --devices 2 --out comparison.png",
        ];
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CliEnvironment environment)
    {
        CancellationToken stop = environment.Interruption.Stop;
        string? output = parsed.GetValue(_output);
        bool compare = parsed.GetValue(_compare);
        long? memory = parsed.GetValue(_memory) is { } size ? ByteSize.Parse("--memory", size) : null;
        if (output is not null && !compare) throw new InvalidInputException("--out draws the comparison; give --compare too.");
        if (parsed.GetValue(_devices) is not null && !compare) throw new InvalidInputException("--devices belongs to the comparison; give --compare too.");
        if (parsed.GetValue(_devices) is < 1 and { } few) throw new InvalidInputException($"--devices is {few}, but must be at least 1.");
        if (memory is not null && compare) throw new InvalidInputException("--memory looks for one plan and has no part in the comparison; leave out --memory or --compare.");
        if (output is not null) PlanChart.CheckName(output);
        RunFile run = CommonOptions.LoadRunFile(parsed.GetRequiredValue(_file), parsed.GetValue(_set)!, parsed.GetValue(_dataDirectory));
        RunShape shape = RunShape.Of(run, stop);
        PipelineOptions options = RunModel.CreateOptions(run, shape.Data, DeviceCatalog.Find);
        int batch = shape.BatchOf(run);
        IPlanReport report = parsed.GetValue(_json) ? new JsonPlanReport(environment.Output) : new PlanView(environment.ConsoleOver(environment.Output));
        var planner = new PipelinePlanner(options);
        if (compare)
        {
            int devices = Math.Min(parsed.GetValue(_devices) ?? 4, options.Layers.Count);
            PlanComparison comparison = await PlanComparison.CreateAsync(planner, batch, devices, stop);
            report.Compare(comparison, shape.TrainCount);
            if (output is not null) PlanChart.Write(comparison, shape.TrainCount, output, run.Name);
            return ExitCode.Done;
        }
        if (memory is not null || run.Pipeline.IsAutomatic)
        {
            BudgetedPlan chosen = await BudgetedPlan.FindAsync(planner, run, shape, memory, stop);
            report.Chosen(chosen, run.Pipeline);
            (run, options) = (chosen.Run, chosen.Options);
            planner = planner.For(options);
        }
        report.Memory(
            options, batch, await MemoryForecast.TrainingByStageAsync(options, batch, shape.MostEvaluated, stop), await MemoryForecast.InferenceByStageAsync(options, batch, stop));
        if (parsed.GetValue(_profile)) report.Time(await planner.ProfileAsync((batch + options.MicroBatches - 1) / options.MicroBatches, stop), await planner.AsConfiguredAsync(batch, stop));
        return ExitCode.Done;
    }
}
