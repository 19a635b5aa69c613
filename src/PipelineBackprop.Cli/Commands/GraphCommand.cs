using System.CommandLine;
using System.Globalization;
using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Configuration;
using PipelineBackprop.Gpu;
using PipelineBackprop.Graph;
using PipelineBackprop.Graph.Writers;
using PipelineBackprop.Naming;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>graph</c>: the computational graph of a run file's network as a picture.</summary>
internal sealed class GraphCommand : ICliCommand
{
    private static readonly Dictionary<string, Func<ComputationalGraph, string, string>> s_writers = new(StringComparer.OrdinalIgnoreCase)
    {
        [".svg"] = SvgGraphWriter.Write,
        [".dot"] = DotGraphWriter.Write,
        [".mmd"] = MermaidGraphWriter.Write,
    };

    private readonly Argument<string> _file = CommonOptions.RunFileArgument();
    private readonly Option<string[]> _set = CommonOptions.Set();
    private readonly Option<string?> _dataDirectory = CommonOptions.DataDirectory();
    private readonly Option<bool> _backward = new("--backward") { Description = "Draw the backward pass too." };
    private readonly Option<int?> _stages = new("--stages") { Description = "Split into that many stages; replaces pipeline.stages.", HelpName = "N" };
    private readonly Option<string?> _output = new("--out")
    {
        Description = "The file to write: .svg, .dot or .mmd; without it the SVG goes to the standard output.",
        HelpName = "FILE",
    };

    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        var command = new Command("graph", "Draw the computational graph of a network: squares are variables, circles are operators.")
        {
            _file, _output, _backward, _stages, _set, _dataDirectory,
        };
        command.SetAction((parsed, _) => RunAsync(parsed, environment));
        examples[command] =
        [
            "pipelinebackprop graph config/chapter.json --out graph.svg",
            "pipelinebackprop graph config/quickstart.json --backward --stages 2 --out graph.mmd",
        ];
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CliEnvironment environment)
    {
        string? path = parsed.GetValue(_output);
        Func<ComputationalGraph, string, string> write = WriterOf(path);
        string[] settings = [.. parsed.GetValue(_set)!, .. parsed.GetValue(_stages) is { } stages ? [Invariant($"pipeline.stages={stages}")] : Array.Empty<string>()];
        RunFile run = CommonOptions.LoadRunFile(parsed.GetRequiredValue(_file), settings, parsed.GetValue(_dataDirectory));
        RunShape shape = RunShape.Of(run, environment.Interruption.Stop);
        PipelineOptions options = RunModel.CreateOptions(run, shape.Data, DeviceCatalog.Find);
        int batch = Math.Min(run.Training.BatchSize, shape.TrainCount);
        ComputationalGraph graph = PipelineGraph.Of(options, batch, parsed.GetValue(_backward));
        string text = write(graph, Invariant($"{run.Name}: minibatches of {batch} in {options.MicroBatches} micro-batch{(options.MicroBatches == 1 ? "" : "es")}"));
        if (path is null)
        {
            await environment.Output.WriteAsync(text);
            return ExitCode.Done;
        }
        await WriteAsync(path, text);
        await environment.Output.WriteLineAsync(Invariant($"Wrote the graph of {run.Name}, {graph.Nodes.Count} nodes and {graph.Edges.Count} edges{(graph.IsSummary ? ", equal layers as one," : "")} to {path}."));
        return ExitCode.Done;
    }

    private static Func<ComputationalGraph, string, string> WriterOf(string? path)
    {
        if (path is null) return SvgGraphWriter.Write;
        return s_writers.TryGetValue(Path.GetExtension(path), out Func<ComputationalGraph, string, string>? writer)
            ? writer
            : throw new InvalidInputException($"--out is {path}, but its name must end in one of {string.Join(", ", s_writers.Keys)}.");
    }

    private static async Task WriteAsync(string path, string text)
    {
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
            await File.WriteAllTextAsync(path, text);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"The graph cannot be written to {path}: {FileFault.Words(path, fault)}.", fault);
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
