using System.CommandLine;
using PipelineBackprop.Naming;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>schedule export</c>: a schedule as CSV, one line a device.</summary>
internal sealed class ScheduleExportCommand : ICliCommand
{
    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        var size = new ScheduleSizeOptions();
        var output = new Option<string?>("--out") { Description = "The file to write; default the standard output.", HelpName = "FILE" };
        var command = new Command("export", "Write a schedule as CSV, one line a device, such as 0F0,0F1,0B0,0W0.");
        size.AddTo(command);
        command.Add(output);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            PipelineSchedule schedule = size.Create(parsed);
            if (parsed.GetValue(output) is not { } path)
            {
                await environment.Output.WriteAsync(ScheduleCsv.Write(schedule).AsMemory(), cancellationToken);
                return ExitCode.Done;
            }
            Write(path, schedule);
            await environment.Output.WriteLineAsync($"Wrote {schedule} to {path}.");
            return ExitCode.Done;
        });
        examples[command] =
        [
            "pipelinebackprop schedule export zb-h1 --stages 4 --microbatches 8",
            "pipelinebackprop schedule export 1f1b --stages 2 --microbatches 4 --out my.csv",
        ];
        return command;
    }

    /// <exception cref="InvalidInputException">The file cannot be written.</exception>
    public static void Write(string path, PipelineSchedule schedule)
    {
        try
        {
            File.WriteAllText(path, ScheduleCsv.Write(schedule));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{path} cannot be written: {FileFault.Words(path, fault)}.", fault);
        }
    }
}
