using System.CommandLine;
using System.CommandLine.Help;

namespace PipelineBackprop.Cli.Commands;

/// <summary>The commands of the program and their help.</summary>
internal static class CommandTree
{
    public static RootCommand Build(CliEnvironment environment)
    {
        var examples = new Dictionary<Command, string[]>();
        var verbose = new Option<bool>("--verbose") { Description = "Show all details of a failure.", Recursive = true };
        verbose.Validators.Add(result => environment.Debug |= !result.Implicit && result.GetValueOrDefault<bool>());
        var root = new RootCommand("Trains neural networks as a pipeline of stages.") { HelpName = "pipelinebackprop" };
        root.Add(verbose);
        foreach (ICliCommand command in (ICliCommand[])
            [
                new TrainCommand(), new EvalCommand(), new PredictCommand(), new GradCheckCommand(), new HessianCommand(), new GraphCommand(), new PlanCommand(), new TimelineCommand(), new DataCommand(),
                new DevicesCommand(), new ConfigCommand(), new ScheduleCommand(),
            ])
        {
            root.Add(command.Build(environment, examples));
        }
        examples[root] =
        [
            "pipelinebackprop train config/quickstart.json",
            "pipelinebackprop eval runs/quickstart",
            "pipelinebackprop predict runs/quickstart images.idx --json",
            "pipelinebackprop schedule show 1f1b --stages 4 --microbatches 8",
            "pipelinebackprop data show --kind digits --out sheet.png",
        ];
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!, examples);
        return root;
    }
}
