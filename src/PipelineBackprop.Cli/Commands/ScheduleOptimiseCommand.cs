using System.CommandLine;
using System.Globalization;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Naming;
using PipelineBackprop.Optimise;
using PipelineBackprop.Schedules;
using Spectre.Console;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>schedule optimise</c>: the best possible schedule of a small pipeline, and how far the known ones are from it.</summary>
internal sealed class ScheduleOptimiseCommand : ICliCommand
{
    private readonly Option<int> _stages = new("--stages") { Description = "Stages of one device each, at least 1; with several chunks these are the devices.", HelpName = "P", Required = true };
    private readonly Option<int> _microBatches = new("--microbatches") { Description = "Micro-batches of a minibatch, at least 1.", HelpName = "M", Required = true };
    private readonly Option<int?> _chunks = new("--chunks") { Description = "Chunks each device's stage is cut into; default 1.", HelpName = "V" };
    private readonly Option<bool> _fold = new("--fold") { Description = "Place the chunks down the devices and up again (0 1 1 0) instead of round and round (0 1 0 1)." };
    private readonly Option<double?> _memory = new("--memory") { Description = "The most micro-batches a device may hold until W, at least 1; default no limit.", HelpName = "N" };
    private readonly Option<ScheduleObjective> _objective = new("--objective") { Description = "The time to make small: barrier (default) or span.", HelpName = "T" };
    private readonly Option<double> _seconds = new("--seconds")
    {
        Description = "The limit of each search, in seconds of work counted alike on every machine; default 5.",
        HelpName = "S",
        DefaultValueFactory = _ => 5,
    };
    private readonly Option<string?> _output = new("--out") { Description = "Also write the best schedule to this CSV file.", HelpName = "FILE" };
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly ScheduleTimeOptions _times = new();

    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        var command = new Command("optimise", "Find the best possible schedule of a small pipeline by constraint solving, and how far the known ones are from theirs.")
        {
            _stages, _microBatches, _chunks, _fold, _memory, _objective, _seconds,
        };
        foreach (Option option in _times.Options) command.Add(option);
        command.Add(_output);
        command.Add(_json);
        command.SetAction(parsed => Run(parsed, environment));
        examples[command] =
        [
            "pipelinebackprop schedule optimise --stages 4 --microbatches 8",
            "pipelinebackprop schedule optimise --stages 4 --microbatches 6 --memory 2 --times 1,1.2,0.8 --transfer 0.1 --out best.csv",
            "pipelinebackprop schedule optimise --stages 2 --microbatches 4 --chunks 2 --fold --objective span",
        ];
        return command;
    }

    private int Run(ParseResult parsed, CliEnvironment environment)
    {
        CancellationToken stop = environment.Interruption.Stop;
        int devices = parsed.GetValue(_stages), microBatches = parsed.GetValue(_microBatches);
        double seconds = parsed.GetValue(_seconds);
        if (!(seconds > 0 && double.IsFinite(seconds))) throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"--seconds is {seconds}, but must be above 0 and finite."));
        ScheduleObjective objective = parsed.GetValue(_objective);
        ScheduleProblem problem = Problem(parsed, devices, microBatches, objective);
        OptimisedSchedule best = ScheduleOptimiser.Solve(problem, seconds, Start(problem), stop);
        if (parsed.GetValue(_output) is { } path) ScheduleExportCommand.Write(path, best.Schedule);
        var comparison = new ScheduleComparison(devices, microBatches, schedule => _times.Of(parsed, schedule), objective, seconds);
        IEnumerable<ScheduleDistance> rows = comparison.Run(parsed.GetValue(_chunks), stop);
        ScheduleReport report = ScheduleReport.Of(best.Schedule, problem.Times);
        if (parsed.GetValue(_json))
        {
            report.WriteJson(environment.Output);
            foreach (ScheduleDistance row in rows) ScheduleDistanceView.WriteJson(environment.Output, row);
            return ExitCode.Done;
        }
        ScheduleView.Write(environment, report);
        IAnsiConsole console = environment.ConsoleOver(environment.Output);
        console.MarkupLineInterpolated($"  Least {parsed.GetValue(_objective).ToString().ToLowerInvariant()} time: [bold]{ScheduleView.Number(best.Time)}[/], {ScheduleDistanceView.Proof(best)}.");
        ScheduleDistanceView.Write(console, [.. rows], objective);
        return ExitCode.Done;
    }

    private ScheduleProblem Problem(ParseResult parsed, int devices, int microBatches, ScheduleObjective objective)
    {
        int chunks = parsed.GetValue(_chunks) ?? 1;
        if (chunks < 1) throw new InvalidInputException($"--chunks is {chunks}, but must be at least 1.");
        if (parsed.GetValue(_memory) is { } memory && !(memory >= 1))
            throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"--memory is {memory}, but must be at least 1: a device holds a whole micro-batch before its first B."));
        if (devices < 1) throw new InvalidInputException($"--stages is {devices}, but must be at least 1.");
        if (microBatches < 1) throw new InvalidInputException($"--microbatches is {microBatches}, but must be at least 1.");
        decimal actions = (decimal)devices * microBatches * chunks * 3;
        if (actions > ScheduleOptimiser.MostActions)
            throw new InvalidInputException($"{Counted.Of(devices, "stage")}, {Counted.Of(microBatches, "micro-batch", "es")} and {Counted.Of(chunks, "chunk")} make {actions} actions, but the solver takes at most {ScheduleOptimiser.MostActions}.");
        var size = new ScheduleSize(devices, microBatches, chunks);
        int[] deviceOfStage = parsed.GetValue(_fold) ? StagePlacement.Fold(size) : StagePlacement.Loop(size);
        var empty = new PipelineSchedule("empty", microBatches, deviceOfStage, [.. Enumerable.Range(0, devices).Select(_ => Array.Empty<PipelineAction>())]);
        return new ScheduleProblem(microBatches, deviceOfStage, _times.Of(parsed, empty)) { MemoryCap = parsed.GetValue(_memory), Objective = objective };
    }

    /// <summary>The best of the known schedules that would do.</summary>
    private static PipelineSchedule? Start(ScheduleProblem problem)
    {
        int chunks = problem.DeviceOfStage.Count / problem.DeviceCount;
        return ScheduleCatalog.All.Where(generator => generator.Chunks.Contains(chunks))
            .Select(generator => generator.Generate(new ScheduleSize(problem.DeviceCount, problem.MicroBatches, chunks)))
            .Where(problem.Admits).MinBy(problem.TimeOf);
    }
}
