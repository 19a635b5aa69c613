using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Configuration;
using PipelineBackprop.Curvature;
using PipelineBackprop.Data;
using PipelineBackprop.Gpu;
using PipelineBackprop.Training;
using Spectre.Console;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>hessian</c>: the largest eigenvalues and the trace of the Hessian of J, by products with vectors.</summary>
internal sealed class HessianCommand : ICliCommand
{
    private readonly Argument<string> _file = CommonOptions.RunFileArgument();
    private readonly Option<string[]> _set = CommonOptions.Set();
    private readonly Option<string?> _dataDirectory = CommonOptions.DataDirectory();
    private readonly Option<string> _runs = CommonOptions.Runs();
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<string?> _checkpoint = new("--checkpoint")
    {
        Description = "Where J is looked at: the folder or name of a run, whose latest checkpoint is taken, or a safetensors file; default the first parameters.",
        HelpName = "RUN|FILE",
    };

    private readonly Option<int> _eigenvalues = new("--eigenvalues") { Description = "How many of the largest eigenvalues, at least 1.", HelpName = "N", DefaultValueFactory = _ => 5 };
    private readonly Option<int> _steps = new("--steps") { Description = "Most steps of Lanczos, at least as many as --eigenvalues; each keeps a vector of all parameters in float64.", HelpName = "N", DefaultValueFactory = _ => 80 };
    private readonly Option<int> _probes = new("--probes") { Description = "Random probes of the trace; 0 leaves it out.", HelpName = "N", DefaultValueFactory = _ => 20 };
    private readonly Option<int?> _examples = new("--examples") { Description = "Take only that many examples of the training data, at least 1; default all.", HelpName = "N" };

    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        var command = new Command("hessian", "Measure the curvature of J: the largest eigenvalues of its Hessian and its trace, with error bars, and what a product with it costs.")
        {
            _file, _checkpoint, _eigenvalues, _steps, _probes, _examples, _set, _dataDirectory, _runs, _json,
        };
        command.SetAction((parsed, _) => RunAsync(parsed, environment));
        examples[command] =
        [
            "pipelinebackprop hessian config/quickstart.json --checkpoint quickstart",
            "pipelinebackprop hessian config/quickstart.json --checkpoint runs/quickstart --eigenvalues 12 --probes 100 --examples 2000",
            "pipelinebackprop hessian config/mnist.json --data-dir data/mnist --checkpoint weights.safetensors --json",
        ];
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CliEnvironment environment)
    {
        CancellationToken stop = environment.Interruption.Stop;
        int probes = parsed.GetValue(_probes), examples = parsed.GetValue(_examples) ?? int.MaxValue;
        var lanczos = new LanczosOptions { Eigenvalues = parsed.GetValue(_eigenvalues), MostSteps = parsed.GetValue(_steps) };
        RequireAtLeast("--eigenvalues", lanczos.Eigenvalues, 1);
        RequireAtLeast("--steps", lanczos.MostSteps, 1);
        if (lanczos.MostSteps < lanczos.Eigenvalues)
            throw new InvalidInputException($"--steps is {lanczos.MostSteps}, but must be at least the {lanczos.Eigenvalues} of --eigenvalues.");
        RequireAtLeast("--probes", probes, 0);
        RequireAtLeast("--examples", examples, 1);
        RunFile run = CommonOptions.LoadRunFile(parsed.GetRequiredValue(_file), parsed.GetValue(_set)!, parsed.GetValue(_dataDirectory));
        RunData data = RunData.Load(run, stop);
        Dataset part = data.Train.Slice(0, Math.Min(examples, data.Train.Count));
        int batch = Math.Min(run.Training.BatchSize, part.Count);
        PipelineOptions options = RunModel.CreateOptions(run, data.Description, DeviceCatalog.Find);
        if (run.Pipeline.IsAutomatic)
        {
            (run, _) = await AutomaticPipeline.ChooseAsync(run, options, batch, stop);
            options = RunModel.CreateOptions(run, data.Description, DeviceCatalog.Find);
        }
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, stop);
        string? checkpoint = parsed.GetValue(_checkpoint);
        string weights = checkpoint is null ? "the first parameters" : await GivenWeights.LoadAsync(pipeline, checkpoint, parsed.GetRequiredValue(_runs), environment.Error, stop);
        IAnsiConsole console = environment.ConsoleOver(parsed.GetValue(_json) ? TextWriter.Null : environment.Output);
        CurvatureResult result = await CurvatureProgress.WatchAsync(
            console, lanczos.MostSteps, probes, (steps, traces) => MeasureAsync(pipeline, part, batch, lanczos with { Seed = run.Seed }, probes, steps, traces, stop));
        if (parsed.GetValue(_json)) CurvatureView.WriteJson(environment.Output, result);
        else CurvatureView.Write(console, result, weights);
        return ExitCode.Done;
    }

    private static async Task<CurvatureResult> MeasureAsync(
        Pipeline pipeline, Dataset data, int batch, LanczosOptions options, int probes, IProgress<LanczosResult>? steps, IProgress<TraceEstimate>? traces, CancellationToken stop)
    {
        long started = Stopwatch.GetTimestamp();
        HessianOperator hessian = await HessianOperator.CreateAsync(pipeline, data, batch, stop);
        Dataset first = data.Slice(0, batch);
        ProductCost cost = await ProductCost.MeasureAsync(pipeline, new Minibatch(first.Inputs, first.Targets, first.Count), stop);
        LanczosResult eigenvalues = await Lanczos.RunAsync(hessian, options, steps, stop);
        TraceEstimate? trace = probes == 0 ? null : await Hutchinson.TraceAsync(hessian, probes, options.Seed, traces, stop);
        return new CurvatureResult(hessian.Dimension, data.Count, eigenvalues, trace, cost, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    private static void RequireAtLeast(string option, int value, int least)
    {
        if (value < least) throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"{option} is {value}, but must be at least {least}."));
    }
}
