using CsCheck;
using PipelineBackprop.Compute;
using PipelineBackprop.Graph;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;

namespace PipelineBackprop.Tests.Graph;

/// <summary>Networks to draw.</summary>
internal static class GraphModels
{
    /// <summary>The chapter's: one hidden layer, no biases, L2 regularisation; d = 4, h = 5, q = 3, a minibatch of 2.</summary>
    public static GraphModel Chapter(bool backward) => new()
    {
        Layers = [new DenseLayer(4, 5, Activation.Tanh, bias: false), new DenseLayer(5, 3, bias: false)],
        Loss = new SoftmaxCrossEntropyLoss(),
        WeightDecay = new WeightDecay(0.1),
        Rows = 2,
        Backward = backward,
    };

    /// <summary>Dense layers with biases and relu, split evenly.</summary>
    public static GraphModel Deep(int layers, int stages, bool backward) => new()
    {
        Layers = [.. Enumerable.Range(0, layers).Select(index => new DenseLayer(index == 0 ? 784 : 256, index == layers - 1 ? 10 : 256, index == layers - 1 ? default : Activation.Relu))],
        Loss = new SoftmaxCrossEntropyLoss(),
        WeightDecay = new WeightDecay(1e-4),
        Rows = 16,
        Boundaries = [.. Enumerable.Range(0, stages).Select(stage => stage * layers / stages)],
        Backward = backward,
    };

    private static readonly WeightDecay[] s_decays =
        [WeightDecay.None, new WeightDecay(0.1), new WeightDecay(0.1, IncludeExempt: true), new WeightDecay(0.1, Decoupled: true)];

    /// <summary>Any layers in any order, any split, any loss, with and without decay of biases too.</summary>
    public static Gen<GraphModel> Any { get; } =
        from kinds in Gen.Int[0, 6].Array[1, 26]
        from cuts in Gen.Int[1, 25].Array[0, 5]
        from decay in Gen.Int[0, s_decays.Length - 1]
        from values in Gen.Bool
        from backward in Gen.Bool
        select new GraphModel
        {
            Layers = [.. kinds.Select(Layer)],
            Loss = values ? new HalfSquaredErrorLoss() : new SoftmaxCrossEntropyLoss(),
            WeightDecay = s_decays[decay],
            Rows = 32,
            Boundaries = [0, .. cuts.Where(cut => cut < kinds.Length).Distinct().Order()],
            Backward = backward,
        };

    private const int Width = 128;

    private static Layer Layer(int kind) => kind switch
    {
        0 => new DenseLayer(Width, Width, bias: false),
        1 => new DenseLayer(Width, Width, Activation.Relu),
        2 => new DenseLayer(Width, Width, new Activation(ActivationKind.Gelu)),
        3 => new DropoutLayer(Width, 0.25),
        4 => new LayerNormalizationLayer(Width),
        5 => new ActivationLayer(Width, new Activation(ActivationKind.Silu)),
        _ => new PlainLayer(),
    };

    /// <summary>A layer that says nothing of its formula, with two parameters.</summary>
    private sealed class PlainLayer : Layer
    {
        public override string Kind => "plain";
        public override int Inputs => Width;
        public override int Outputs => Width;
        public override IReadOnlyList<ParameterSpecification> Parameters { get; } =
        [
            new("scale", Tensors.Shape.Vector(Width), Initializer.Ones, IsDecayed: true),
            new("offset", Tensors.Shape.Vector(Width), Initializer.Zeros, IsDecayed: false),
        ];

        public override Tensors.DeviceTensor Forward(LayerContext context, Tensors.DeviceTensor x) => throw new NotSupportedException();
        public override Tensors.DeviceTensor BackwardInput(LayerContext context, Tensors.DeviceTensor dy) => throw new NotSupportedException();
        public override Tensors.DeviceTensor RForward(LayerContext context, Tensors.DeviceTensor x, Tensors.DeviceTensor? rx) => throw new NotSupportedException();
        public override Tensors.DeviceTensor RBackwardInput(LayerContext context, Tensors.DeviceTensor dy, Tensors.DeviceTensor rdy) =>
            throw new NotSupportedException();
    }
}
