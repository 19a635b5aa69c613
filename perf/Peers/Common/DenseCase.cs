using System.Globalization;

namespace PipelineBackprop.Peers;

/// <summary>The work: a dense network with relu between its layers, and a minibatch.</summary>
/// <param name="Sizes">Inputs, hidden widths, outputs.</param>
/// <param name="Weights">W of each layer, [out, in] row-major.</param>
/// <param name="Biases">b of each layer, [out].</param>
/// <param name="Batch">Examples.</param>
/// <param name="Inputs">x, [Batch, Sizes[0]] row-major.</param>
/// <param name="Classes">y, [Batch], each below the last of <paramref name="Sizes"/>.</param>
internal sealed record DenseCase(int[] Sizes, float[][] Weights, float[][] Biases, int Batch, float[] Inputs, long[] Classes)
{
    /// <summary>Reads and checks the two files.</summary>
    public static DenseCase Load(PeerOptions options)
    {
        SafetensorsReader weightsFile = SafetensorsReader.Open(options.Weights), dataFile = SafetensorsReader.Open(options.Data);
        (float[] inputs, long[] inputShape) = dataFile.Float32("x");
        (long[] classes, long[] classShape) = dataFile.Int64("y");
        if (inputShape.Length != 2 || classShape.Length != 1 || inputShape[0] != classShape[0])
            throw Bad(options.Data, $"x [{Text(inputShape)}] and y [{Text(classShape)}]", "x [batch, in] and y [batch]");

        List<int> sizes = [(int)inputShape[1]];
        List<float[]> weights = [], biases = [];
        // Layers without parameters may leave gaps in the numbers.
        foreach (int layer in weightsFile.Names.Select(LayerOfWeight).OfType<int>().Order())
        {
            (float[] weight, long[] weightShape) = weightsFile.Float32($"layers.{layer}.weight");
            (float[] bias, long[] biasShape) = weightsFile.Float32($"layers.{layer}.bias");
            if (weightShape.Length != 2 || weightShape[1] != sizes[^1] || biasShape.Length != 1 || biasShape[0] != weightShape[0])
                throw Bad(options.Weights, $"layers.{layer} with weight [{Text(weightShape)}] and bias [{Text(biasShape)}]", $"[out, {sizes[^1]}] and [out]");
            sizes.Add((int)weightShape[0]);
            weights.Add(weight);
            biases.Add(bias);
        }
        if (weights.Count == 0) throw Bad(options.Weights, "no layer", "layers.N.weight and layers.N.bias");
        if (classes.Any(y => y < 0 || y >= sizes[^1])) throw Bad(options.Data, "a class outside the network's outputs", $"y from 0 to {sizes[^1] - 1}");
        return new([.. sizes], [.. weights], [.. biases], (int)inputShape[0], inputs, classes);
    }

    private static int? LayerOfWeight(string name) =>
        name.Split('.') is ["layers", var number, "weight"] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int layer) ? layer : null;

    private static string Text(long[] shape) => string.Join(", ", shape);

    private static PeerException Bad(string file, string found, string right) =>
        new(PeerException.BadInput, $"{file} has {found}, where {right} would be right.");
}
