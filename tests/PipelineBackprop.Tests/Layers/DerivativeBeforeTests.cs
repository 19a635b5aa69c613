using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using Xunit;

namespace PipelineBackprop.Tests.Layers;

/// <summary>A dense layer multiplies ∂L/∂x by φ' of the layer before in its own product.</summary>
public sealed class DerivativeBeforeTests
{
    private const int Rows = 6, PreActivationGradient = 2; // the slot of a dense layer's frame

    public static TheoryData<string> Activations => [.. ActivationNames.All];

    [Theory]
    [MemberData(nameof(Activations))]
    public void BackwardInput_BehindADenseLayer_GivesItTheGradientOfItsSums(string activation)
    {
        Layer before = new DenseLayer(4, 5, ActivationNames.Parse(activation)), layer = new DenseLayer(5, 3);
        using var apart = new Pair(before, layer, follows: false);
        using var joined = new Pair(before, layer, follows: true);
        apart.Run();
        joined.Run();
        Close.Bits(apart.Bench.Download(apart.FrameBefore[PreActivationGradient]), joined.Bench.Download(joined.Between!), "∂L/∂z between the layers");
        Assert.Same(joined.Between, joined.FrameBefore[PreActivationGradient]);
        Close.Bits(apart.Bench.Download(apart.InputGradient!), joined.Bench.Download(joined.InputGradient!), "∂L/∂x");
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void BackwardInput_BehindAnActivationLayer_GivesItItsOwnResult(string activation)
    {
        Layer before = new ActivationLayer(5, ActivationNames.Parse(activation)), layer = new DenseLayer(5, 3);
        using var apart = new Pair(before, layer, follows: false);
        using var joined = new Pair(before, layer, follows: true);
        apart.Run();
        joined.Run();
        Assert.Same(joined.Between, joined.InputGradient);
        Close.Bits(apart.Bench.Download(apart.InputGradient!), joined.Bench.Download(joined.InputGradient!), "∂L/∂x");
    }

    [Fact]
    public void BackwardInput_WhereDerivativesAreNotJoined_LeavesTheGradientAsItIs()
    {
        Layer before = new DenseLayer(4, 5, Activation.Tanh), layer = new DenseLayer(5, 3);
        using var apart = new Pair(before, layer, follows: false);
        using var joined = new Pair(before, layer, follows: true);
        apart.Run();
        joined.Run();
        joined.Context.JoinsDerivatives = false;
        joined.Run();
        Close.Bits(apart.Bench.Download(apart.Between!), joined.Bench.Download(joined.Between!), "∂L/∂y of the layer before");
        Close.Bits(apart.Bench.Download(apart.InputGradient!), joined.Bench.Download(joined.InputGradient!), "∂L/∂x");
    }

    [Fact]
    public void BackwardInput_BehindALayerWithoutADerivative_LeavesTheGradientAsItIs()
    {
        Layer before = new DropoutLayer(5, 0.5), layer = new DenseLayer(5, 3);
        using var apart = new Pair(before, layer, follows: false);
        using var joined = new Pair(before, layer, follows: true);
        apart.Run();
        joined.Run();
        Close.Bits(apart.Bench.Download(apart.Between!), joined.Bench.Download(joined.Between!), "∂L/∂y of the layer before");
    }

    [Fact]
    public void BackwardInput_OfADenseLayerInsideAnother_LeavesTheGradientAsItIs()
    {
        // What the inner layer gives is a part of the outer one's gradient only.
        Layer before = new DenseLayer(4, 5, Activation.Tanh), layer = new ResidualLayer(new DenseLayer(5, 5));
        using var apart = new Pair(before, layer, follows: false);
        using var joined = new Pair(before, layer, follows: true);
        apart.Run();
        joined.Run();
        Close.Bits(apart.Bench.Download(apart.Between!), joined.Bench.Download(joined.Between!), "∂L/∂y of the layer before");
        Close.Bits(apart.Bench.Download(apart.InputGradient!), joined.Bench.Download(joined.InputGradient!), "∂L/∂x");
    }

    // Two layers, driven as a stage drives them.
    private sealed class Pair : IDisposable
    {
        private readonly Layer _before, _layer;
        private readonly LayerContext _contextBefore;

        public Pair(Layer before, Layer layer, bool follows)
        {
            (_before, _layer) = (before, layer);
            (_contextBefore, Context) = (Create(before, 1), Create(layer, 2));
            if (follows) Context.Follow(layer, before, _contextBefore);
        }

        public ComputeBench Bench { get; } = new(CpuDevice.Instance);

        public LayerContext Context { get; }

        public StashFrame FrameBefore => _contextBefore.Frame;

        /// <summary>What goes from the layer to the one before.</summary>
        public DeviceTensor? Between { get; private set; }

        public DeviceTensor? InputGradient { get; private set; }

        public void Run()
        {
            _contextBefore.Frame = new StashFrame();
            Context.Frame = new StashFrame();
            DeviceTensor x = Bench.Upload(HostArrays.Gaussian(Rows, _before.Inputs, 3));
            _layer.Forward(Context, _before.Forward(_contextBefore, x));
            Between = _layer.BackwardInput(Context, Bench.Upload(HostArrays.Gaussian(Rows, _layer.Outputs, 4)));
            InputGradient = _before.BackwardInput(_contextBefore, Between!);
        }

        public void Dispose() => Bench.Dispose();

        private LayerContext Create(Layer layer, ulong seed)
        {
            DeviceTensor[] parameters =
                [.. layer.Parameters.Select((parameter, index) => Bench.Upload(HostArrays.Gaussian(parameter.Shape.ElementCount, seed + 10 * (ulong)index), parameter.Shape))];
            DeviceTensor[] gradients = [.. layer.Parameters.Select(parameter => Bench.Rent(parameter.Shape, MemoryPurpose.Gradients))];
            return new LayerContext(Bench.Compute, Bench.Pool, parameters, gradients, randomKey: seed, needsInputGradient: true) { IsTraining = true };
        }
    }
}
