using System.Globalization;
using System.Numerics.Tensors;
using System.Text.Json;
using PipelineBackprop.Configuration;
using PipelineBackprop.Losses;

namespace PipelineBackprop.Cli.Output;

/// <summary>Writes predictions: tab-separated under a head, or one JSON object a row.</summary>
internal sealed class PredictionWriter(TextWriter output, DataDescription data, Loss loss, bool json)
{
    public void WriteHead(int outputs)
    {
        if (json) return;
        IEnumerable<string> columns = loss.Targets switch
        {
            TargetKind.ClassIndex => ["class", "probability", .. Enumerable.Range(0, outputs).Select(i => $"p({ClassName(i)})")],
            TargetKind.Probabilities => Enumerable.Range(0, outputs).Select(i => Indexed("probability", i, outputs)),
            _ => Enumerable.Range(0, outputs).Select(i => Indexed("value", i, outputs)),
        };
        output.WriteLine(string.Join('\t', columns));
    }

    public void Write(int row, ReadOnlySpan<float> outputs)
    {
        float[] values = new float[outputs.Length];
        switch (loss.Targets)
        {
            case TargetKind.ClassIndex:
                // exp overflows beyond 88, and the same taken off every output changes no probability.
                TensorPrimitives.Subtract(outputs, TensorPrimitives.Max(outputs), values);
                TensorPrimitives.SoftMax<float>(values, values);
                WriteClass(row, values);
                break;
            case TargetKind.Probabilities:
                TensorPrimitives.Sigmoid(outputs, values);
                WriteValues(row, "probabilities", values);
                break;
            default:
                outputs.CopyTo(values);
                WriteValues(row, "values", values);
                break;
        }
    }

    private void WriteClass(int row, float[] probabilities)
    {
        int index = TensorPrimitives.IndexOfMax<float>(probabilities);
        if (json)
        {
            WriteJson(new { row, @class = ClassName(index), classIndex = index, probability = probabilities[index], probabilities });
            return;
        }
        output.WriteLine($"{ClassName(index)}\t{Part(probabilities[index])}\t{string.Join('\t', probabilities.Select(Part))}");
    }

    private void WriteValues(int row, string name, float[] values)
    {
        if (json) WriteJson(new Dictionary<string, object> { ["row"] = row, [name] = values });
        else output.WriteLine(string.Join('\t', values.Select(value => value.ToString("G7", CultureInfo.InvariantCulture))));
    }

    private void WriteJson(object line) => output.WriteLine(JsonSerializer.Serialize(line, JsonLines.Options));

    private string ClassName(int index) => data.ClassNames?.ElementAtOrDefault(index) ?? index.ToString(CultureInfo.InvariantCulture);

    private static string Part(float value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    private static string Indexed(string name, int index, int count) => count == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name} {index}");
}
