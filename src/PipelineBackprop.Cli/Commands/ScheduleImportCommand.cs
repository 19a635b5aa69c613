using System.CommandLine;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Configuration;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>schedule import</c>: reads a schedule from CSV, checks it and shows it.</summary>
internal sealed class ScheduleImportCommand : ICliCommand
{
    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        var file = new Argument<string>("FILE") { Description = "A CSV file with one line a device." };
        var times = new ScheduleTimeOptions();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("import", "Read a schedule from CSV, check that it can be run, and draw it; exit code 2 and one sentence if it cannot.") { file };
        foreach (Option option in times.Options) command.Add(option);
        command.Add(json);
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(file);
            PipelineSchedule schedule = ScheduleFile.Load(path);
            ScheduleReport report = ScheduleReport.Of(schedule, times.Of(parsed, schedule));
            if (parsed.GetValue(json))
            {
                report.WriteJson(environment.Output);
                return ExitCode.Done;
            }
            environment.Output.WriteLine($"{path} can be run.");
            ScheduleView.Write(environment, report);
            return ExitCode.Done;
        });
        examples[command] =
        [
            "pipelinebackprop schedule import my.csv",
            "pipelinebackprop train config/quickstart.json --set pipeline.schedule=my.csv",
        ];
        return command;
    }
}
