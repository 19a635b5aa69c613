using System.CommandLine;
using PipelineBackprop.Cli.Output;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>schedule show</c>: the grid of a schedule, and what it costs.</summary>
internal sealed class ScheduleShowCommand : ICliCommand
{
    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        var size = new ScheduleSizeOptions();
        var times = new ScheduleTimeOptions();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("show", "Draw a schedule, time across and devices down, with its times, bubbles and memory.");
        size.AddTo(command);
        foreach (Option option in times.Options) command.Add(option);
        command.Add(json);
        command.SetAction(parsed =>
        {
            var schedule = size.Create(parsed);
            ScheduleReport report = ScheduleReport.Of(schedule, times.Of(parsed, schedule));
            if (parsed.GetValue(json)) report.WriteJson(environment.Output);
            else ScheduleView.Write(environment, report);
            return ExitCode.Done;
        });
        examples[command] =
        [
            "pipelinebackprop schedule show 1f1b --stages 4 --microbatches 8",
            "pipelinebackprop schedule show interleaved-1f1b --stages 4 --microbatches 8 --chunks 2 --times 1,2,1 --transfer 0.1",
            "pipelinebackprop schedule show my.csv --json",
        ];
        return command;
    }
}
