using System.CommandLine;
using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Compute;
using PipelineBackprop.Configuration;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>config show|validate|schema</c>: looks at run files without running them.</summary>
internal sealed class ConfigCommand : ICliCommand
{
    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        var command = new Command("config", "Print or check settings.") { Show(environment, examples), Validate(environment, examples), Schema(environment, examples) };
        examples[command] = HelpWithExamples.FirstOfEach(command, examples);
        return command;
    }

    private static Command Show(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        Argument<string> file = CommonOptions.RunFileArgument();
        Option<string[]> set = CommonOptions.Set();
        Option<string?> dataDirectory = CommonOptions.DataDirectory();
        var command = new Command("show", "Print the effective settings of a run file, all defaults filled in.") { file, set, dataDirectory };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            RunFile run = CommonOptions.LoadRunFile(parsed.GetRequiredValue(file), parsed.GetValue(set)!, parsed.GetValue(dataDirectory));
            await environment.Output.WriteAsync(run.ToJson().AsMemory(), cancellationToken);
            return ExitCode.Done;
        });
        examples[command] = ["pipelinebackprop config show config/quickstart.json --set training.epochs=3"];
        return command;
    }

    private static Command Validate(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        Argument<string> file = CommonOptions.RunFileArgument();
        Option<string[]> set = CommonOptions.Set();
        var command = new Command("validate", "Check a run file; exit code 2 and one sentence if something is wrong.") { file, set };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string path = parsed.GetRequiredValue(file);
            RunFile run = RunFile.Load(path, parsed.GetValue(set));
            foreach (RunFile variant in run.Variants()) Check(variant, cancellationToken);
            await environment.Output.WriteLineAsync($"{path} is valid: run {run.Name}, {Counted.Of(run.Model.Layers.Count, "layer")}.".AsMemory(), cancellationToken);
            return ExitCode.Done;
        });
        examples[command] = ["pipelinebackprop config validate config/mnist.json"];
        return command;
    }

    // Files of data and devices may be on another machine; drawn data is everywhere, so that all but the devices is checked with it.
    private static void Check(RunFile run, CancellationToken cancellationToken)
    {
        RunModel.CheckWithoutData(run);
        if (run.Data is DigitsDataSettings or LinearDataSettings) RunModel.CreateOptions(run, RunShape.Of(run, cancellationToken).Data, _ => CpuDevice.Instance);
    }

    private static Command Schema(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        var command = new Command("schema", "Print the JSON schema of run files.");
        command.SetAction(async (_, cancellationToken) =>
        {
            await environment.Output.WriteAsync(RunFileSchema.Generate().AsMemory(), cancellationToken);
            return ExitCode.Done;
        });
        examples[command] = ["pipelinebackprop config schema > config/run.schema.json"];
        return command;
    }
}
