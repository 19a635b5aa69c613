using System.CommandLine;
using System.Text.Json;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Schedules;
using Spectre.Console;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>schedule list</c>: every known schedule in a line.</summary>
internal sealed class ScheduleListCommand : ICliCommand
{
    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        Option<bool> json = CommonOptions.Json();
        var command = new Command("list", "List the known schedules.") { json };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(json)) WriteJson(environment.Output);
            else WriteTable(environment.ConsoleOver(environment.Output));
            return ExitCode.Done;
        });
        examples[command] = ["pipelinebackprop schedule list"];
        return command;
    }

    private static void WriteTable(IAnsiConsole console)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("schedule").AddColumn("stages a device").AddColumn("what it is good for");
        foreach (IScheduleGenerator generator in ScheduleCatalog.All)
            table.AddRow($"[bold]{Markup.Escape(generator.Name)}[/]", generator.Chunks.ToString(), Markup.Escape(generator.Summary));
        console.Write(table);
    }

    private static void WriteJson(TextWriter output)
    {
        foreach (IScheduleGenerator generator in ScheduleCatalog.All)
        {
            output.WriteLine(JsonSerializer.Serialize(
                new { schedule = generator.Name, leastChunks = generator.Chunks.Least, chunks = generator.Chunks.Default, summary = generator.Summary },
                JsonLines.Options));
        }
    }
}
