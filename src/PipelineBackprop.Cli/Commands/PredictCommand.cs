using System.CommandLine;
using System.Globalization;
using System.Numerics.Tensors;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Configuration;
using PipelineBackprop.Data;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>predict</c>: rows in, classes with probabilities or values out.</summary>
internal sealed class PredictCommand : ICliCommand
{
    private const string Standard = "-";
    private readonly Argument<string> _run = CommonOptions.RunArgument();
    private readonly Argument<string> _file = new("FILE")
    {
        Description = "Rows as CSV text, or an IDX file of images; - or nothing reads CSV from standard input.",
        DefaultValueFactory = _ => Standard,
    };
    private readonly Option<string> _runs = CommonOptions.Runs();
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<bool> _best = new("--best") { Description = "Take the best checkpoint of early stopping instead of the latest." };

    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        var command = new Command("predict", "Predict rows with a trained network: class and probabilities, or values.") { _run, _file, _runs, _best, _json };
        command.SetAction((parsed, _) => RunAsync(parsed, environment));
        examples[command] =
        [
            "pipelinebackprop predict runs/mnist data/mnist/t10k-images-idx3-ubyte.gz",
            "pipelinebackprop predict runs/iris flowers.csv --json",
            "head -3 rows.csv | pipelinebackprop predict runs/weight-decay/lambda=3",
        ];
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CliEnvironment environment)
    {
        CancellationToken stop = environment.Interruption.Stop;
        RunFolder folder = RunFolder.Open(parsed.GetRequiredValue(_runs), parsed.GetRequiredValue(_run));
        DataDescription data = folder.ReadData();
        RunFile run = folder.ReadConfig([]);
        string file = parsed.GetRequiredValue(_file);
        // A terminal or a pipe may give nothing for ever, and a read that waits for it hears of no token.
        EncodedRows rows = await Task.Run(() => RowReader.Read(file, data, environment.Input), stop).WaitAsync(stop);
        await using Pipeline pipeline = await TrainedPipeline.LoadAsync(run, data, folder, parsed.GetValue(_best), environment.Error, stop);
        float[] outputs = rows.Count == 0 ? [] : await pipeline.PredictAsync(rows.Inputs, rows.Count, stop);
        RequireFinite(outputs, pipeline.Outputs, RowReader.SourceOf(file));
        var writer = new PredictionWriter(environment.Output, data, pipeline.Options.Loss, parsed.GetValue(_json));
        writer.WriteHead(pipeline.Outputs);
        for (int row = 0; row < rows.Count; row++)
        {
            stop.ThrowIfCancellationRequested();
            writer.Write(row, outputs.AsSpan(row * pipeline.Outputs, pipeline.Outputs));
        }
        return ExitCode.Done;
    }

    private static void RequireFinite(ReadOnlySpan<float> outputs, int width, string source)
    {
        if (TensorPrimitives.IsFiniteAll(outputs)) return;
        int at = 0;
        while (float.IsFinite(outputs[at])) at++;
        throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture,
            $"{source}, row {(at / width) + 1} of {outputs.Length / width}: the network gives {outputs[at]} for it, but must give finite numbers; give inputs such as it was trained on."));
    }
}
