using System.Runtime.InteropServices;

namespace PipelineBackprop.Peers.OnnxRuntime;

/// <summary>Writes a network as an ONNX model: one Gemm (with transposed weights) a layer and Relu between. Field numbers are those of onnx.proto.</summary>
internal static class OnnxModel
{
    /// <summary>Name of the input x [batch, in].</summary>
    public const string Input = "x";

    /// <summary>Name of the output o [batch, out].</summary>
    public const string Output = "o";

    private const int Float = 1, IntegerAttribute = 2, IrVersion = 8, Opset = 17;

    /// <summary>The bytes of the model of a network, for its batch.</summary>
    public static byte[] Of(DenseCase work)
    {
        var graph = new ProtobufWriter();
        string values = Input;
        for (int layer = 0; layer < work.Weights.Length; layer++)
        {
            bool isLast = layer == work.Weights.Length - 1;
            string product = isLast ? Output : $"z{layer}";
            graph.Message(1, Node("Gemm", [values, $"W{layer}", $"b{layer}"], product, TransposeB()));
            if (!isLast) graph.Message(1, Node("Relu", [product], $"h{layer}"));
            values = $"h{layer}";
        }
        graph.Text(2, "dense");
        for (int layer = 0; layer < work.Weights.Length; layer++)
        {
            graph.Message(5, Tensor($"W{layer}", [work.Sizes[layer + 1], work.Sizes[layer]], work.Weights[layer]));
            graph.Message(5, Tensor($"b{layer}", [work.Sizes[layer + 1]], work.Biases[layer]));
        }
        graph.Message(11, ValueInfo(Input, work.Batch, work.Sizes[0]));
        graph.Message(12, ValueInfo(Output, work.Batch, work.Sizes[^1]));
        return new ProtobufWriter()
            .Integer(1, IrVersion)
            .Message(7, graph)
            .Message(8, new ProtobufWriter().Text(1, "").Integer(2, Opset))
            .ToArray();
    }

    private static ProtobufWriter Node(string type, string[] inputs, string output, ProtobufWriter? attribute = null)
    {
        var node = new ProtobufWriter();
        foreach (string input in inputs) node.Text(1, input);
        node.Text(2, output).Text(4, type);
        return attribute is null ? node : node.Message(5, attribute);
    }

    private static ProtobufWriter TransposeB() => new ProtobufWriter().Text(1, "transB").Integer(3, 1).Integer(20, IntegerAttribute);

    private static ProtobufWriter Tensor(string name, int[] shape, float[] values)
    {
        var tensor = new ProtobufWriter();
        foreach (int extent in shape) tensor.Integer(1, extent);
        return tensor.Integer(2, Float).Text(8, name).Bytes(9, MemoryMarshal.AsBytes(values.AsSpan()));
    }

    private static ProtobufWriter ValueInfo(string name, params int[] extents)
    {
        var shape = new ProtobufWriter();
        foreach (int extent in extents) shape.Message(1, new ProtobufWriter().Integer(1, extent));
        var tensorType = new ProtobufWriter().Integer(1, Float).Message(2, shape);
        return new ProtobufWriter().Text(1, name).Message(2, new ProtobufWriter().Message(1, tensorType));
    }
}
