using System.CommandLine;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>schedule list|show|export|import|optimise</c>: looks at schedules without running them.</summary>
internal sealed class ScheduleCommand : ICliCommand
{
    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples) => new("schedule", "Look at schedules, write and read them.")
    {
        new ScheduleListCommand().Build(environment, examples),
        new ScheduleShowCommand().Build(environment, examples),
        new ScheduleExportCommand().Build(environment, examples),
        new ScheduleImportCommand().Build(environment, examples),
        new ScheduleOptimiseCommand().Build(environment, examples),
    };
}
