using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Randomness;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using Xunit;

namespace PipelineBackprop.Testing.Layers;

/// <summary>One layer on one device, driven as a stage drives it: forward, backward for the input, backward for the parameters.</summary>
public sealed class LayerHarness : IDisposable
{
    private readonly Layer _layer;
    private readonly ComputeBench _bench;
    private readonly LayerContext _context;
    private readonly List<DeviceTensor> _parameters = [], _gradients = [];

    public LayerHarness(Layer layer, IDevice device, ElementType elementType = ElementType.Float64, int threads = 1, bool needsInputGradient = true)
    {
        _layer = layer;
        _bench = new ComputeBench(device, elementType, threads);
        foreach (ParameterSpecification parameter in layer.Parameters)
        {
            // Not the layer's own start, where a bias of zeros would hide its mistakes.
            _parameters.Add(_bench.Upload(Start(parameter, _parameters.Count), parameter.Shape));
            _gradients.Add(_bench.Rent(parameter.Shape, MemoryPurpose.Gradients));
        }
        _context = new LayerContext(_bench.Compute, _bench.Pool, _parameters, _gradients, randomKey: 99, needsInputGradient) { Step = 5 };
    }

    public ComputeBench Bench => _bench;

    /// <summary>The values of a parameter.</summary>
    public double[] Parameter(int index) => _bench.Download(_parameters[index]);

    public void SetParameter(int index, double[] values) => _bench.Compute.Upload(values, _parameters[index]);

    /// <summary>The sum of a parameter's gradients.</summary>
    public double[] Gradient(int index) => _bench.Download(_gradients[index]);

    /// <summary>Forward in training or prediction; returns y, with nothing left behind.</summary>
    public double[] Forward(double[,] x, bool training = true, int firstExample = 0)
    {
        Prepare(training, firstExample);
        DeviceTensor input = _bench.Upload(x), y = _layer.Forward(_context, input);
        Assert.Equal(Shape.Matrix(input.Rows, _layer.Outputs), y.Shape);
        if (!training) Assert.True(_context.Frame.IsEmpty, $"{_layer} kept something in prediction.");
        double[] values = _bench.Download(y);
        y.Release();
        input.Release();
        Finish();
        return values;
    }

    /// <summary>Forward and both backward actions; returns y and ∂/∂x, leaves the parameter gradients.</summary>
    public (double[] Output, double[]? InputGradient) Train(double[,] x, double[,] outputGradient, bool accumulate = false, int firstExample = 0)
    {
        Prepare(training: true, firstExample);
        _context.Accumulate = accumulate;
        DeviceTensor input = _bench.Upload(x), y = _layer.Forward(_context, input);
        // The stage lets go of both before the backward pass: what the layer needs it must have saved.
        double[] output = _bench.Download(y);
        y.Release();
        input.Release();
        DeviceTensor dy = _bench.Upload(outputGradient);
        DeviceTensor? dx = _layer.BackwardInput(_context, dy);
        dy.Release();
        Assert.Equal(_context.NeedsInputGradient ? Shape.Matrix(x.GetLength(0), _layer.Inputs) : default(Shape?), dx?.Shape);
        double[]? inputGradient = dx is null ? null : _bench.Download(dx);
        dx?.Release();
        _layer.BackwardParameters(_context);
        Finish();
        return (output, inputGradient);
    }

    /// <summary>
    /// A Hessian-vector product's three actions along <see cref="Direction"/>: returns the tangents of y and ∂/∂x, leaves those of the parameter gradients. Without
    /// <paramref name="inputTangent"/> the input does not move.
    /// </summary>
    public (double[]? OutputTangent, double[]? InputGradientTangent) RTrain(
        double[,] x, double[,]? inputTangent, double[,] outputGradient, double[,] outputGradientTangent, bool accumulate = false, int firstExample = 0)
    {
        Prepare(training: true, firstExample);
        _context.Accumulate = accumulate;
        _context.Direction = [.. _layer.Parameters.Select((parameter, p) => _bench.Upload(Direction(p), parameter.Shape))];
        DeviceTensor input = _bench.Upload(x), y = _layer.Forward(_context, input);
        DeviceTensor? rx = inputTangent is null ? null : _bench.Upload(inputTangent), ry = _layer.RForward(_context, input, rx);
        double[]? outputTangent = Take(ry, Shape.Matrix(x.GetLength(0), _layer.Outputs));
        foreach (DeviceTensor? given in (DeviceTensor?[])[y, input, rx]) given?.Release();
        DeviceTensor dy = _bench.Upload(outputGradient), rdy = _bench.Upload(outputGradientTangent);
        DeviceTensor? dx = _layer.BackwardInput(_context, dy), rdx = _layer.RBackwardInput(_context, dy, rdy);
        Assert.Equal(dx?.Shape, rdx?.Shape);
        foreach (DeviceTensor? given in (DeviceTensor?[])[dy, rdy, dx]) given?.Release();
        double[]? inputGradientTangent = Take(rdx, Shape.Matrix(x.GetLength(0), _layer.Inputs));
        _layer.RBackwardParameters(_context);
        foreach (DeviceTensor direction in _context.Direction) direction.Release();
        Finish();
        return (outputTangent, inputGradientTangent);
    }

    /// <summary>Where a parameter moves in <see cref="RTrain"/>.</summary>
    public double[] Direction(int index) => HostArrays.Gaussian(_layer.Parameters[index].Shape.ElementCount, 40 + (ulong)index);

    public void Dispose() => _bench.Dispose();

    private double[]? Take(DeviceTensor? tensor, Shape shape)
    {
        if (tensor is null) return null;
        Assert.Equal(shape, tensor.Shape);
        double[] values = _bench.Download(tensor);
        tensor.Release();
        return values;
    }

    private void Prepare(bool training, int firstExample)
    {
        _context.IsTraining = training;
        _context.FirstExample = firstExample;
        _context.Frame = new StashFrame();
    }

    private void Finish()
    {
        _context.Frame.Clear();
        _bench.AssertNothingLent();
    }

    private static double[] Start(ParameterSpecification parameter, int index)
    {
        double[] values = new double[parameter.Shape.ElementCount];
        parameter.Initializer.Fill(new RandomStream(3, (ulong)index), parameter.Shape, values);
        double[] noise = HostArrays.Gaussian(values.Length, 17 + (ulong)index, 0.1);
        return [.. values.Zip(noise, (value, change) => value + change)];
    }
}
