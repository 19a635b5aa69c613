using System.CommandLine;
using PipelineBackprop.Cli.Pictures;
using PipelineBackprop.Configuration;
using PipelineBackprop.Data;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>data show</c>: a contact sheet of labelled images.</summary>
internal sealed class DataShowCommand : ICliCommand
{
    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        var source = new DataSource();
        var output = new Option<string>("--out") { Description = "The PNG file to write.", HelpName = "FILE", DefaultValueFactory = _ => "contact-sheet.png" };
        var count = new Option<int>("--count") { Description = "How many images, 1 to 2,000.", HelpName = "N", DefaultValueFactory = _ => 100 };
        var test = new Option<bool>("--test") { Description = "Show the test part instead of the training part." };
        var command = new Command("show", "Write a contact sheet of labelled images as PNG.") { output, count, test };
        foreach (Option option in source.Options) command.Add(option);
        command.SetAction(async (parsed, _) =>
        {
            int wanted = parsed.GetValue(count);
            if (wanted is < 1 or > 2000) throw new InvalidInputException($"--count is {wanted}, but must be from 1 to 2000.");
            RunData data = source.Load(parsed, environment.Interruption.Stop);
            Dataset set = parsed.GetValue(test) ? data.Test : data.Train;
            if (set.ImageHeight == 0) throw new InvalidInputException($"{set.Name} has no images to show: its rows are {set.InputWidth} plain numbers.");
            int shown = Math.Min(wanted, set.Count);
            string path = parsed.GetRequiredValue(output);
            ContactSheet.Write(set.Slice(0, shown), path);
            await environment.Output.WriteLineAsync($"Wrote {shown} images of {set.Name} to {path}.");
            return ExitCode.Done;
        });
        examples[command] =
        [
            "pipelinebackprop data show --kind digits --out sheet.png",
            "pipelinebackprop data show --data-dir data/mnist --count 400 --test",
        ];
        return command;
    }
}
