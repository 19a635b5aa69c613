using System.Diagnostics;
using PipelineBackprop.Benchmarks.Scoreboard;
using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Benchmarks.Operations;

/// <summary>Another compute, each of whose operations is timed by its name and place in the step; only what a step of dense layers asks for.</summary>
internal sealed class TimedCompute(ICompute inner) : ICompute
{
    private readonly List<(string Name, double Flops, List<double> Seconds)> _operations = [];
    private int _next;

    /// <summary>The operations in their order, with the seconds of each step.</summary>
    public IReadOnlyList<(string Name, double Flops, List<double> Seconds)> Operations => _operations;

    /// <summary>To be called between two steps, which ask for the same operations.</summary>
    public void BeginStep() => _next = 0;

    /// <summary>Forgets what was timed so far.</summary>
    public void Clear() => _operations.Clear();

    public string Name => inner.Name;

    public ElementType ElementType => inner.ElementType;

    public long ScratchBytes => inner.ScratchBytes;

    public DeviceBuffer Allocate(int capacity) => inner.Allocate(capacity);

    public DeviceBuffer AllocateView(int capacity) => inner.AllocateView(capacity);

    public void View(ReadOnlySpan<float> source, DeviceBuffer view) => inner.View(source, view);

    public void Upload(ReadOnlySpan<float> source, DeviceTensor target)
    {
        long started = Stopwatch.GetTimestamp();
        inner.Upload(source, target);
        Add("upload", started);
    }

    public void Upload(ReadOnlySpan<double> source, DeviceTensor target) => inner.Upload(source, target);

    public void Download(DeviceTensor source, Span<float> target) => inner.Download(source, target);

    public void Download(DeviceTensor source, Span<double> target) => inner.Download(source, target);

    public int PackedElements(Shape weight, WeightUse use, bool isFrozen = false) => inner.PackedElements(weight, use, isFrozen);

    public void Pack(DeviceTensor weight, WeightUse use, DeviceTensor packed)
    {
        long started = Stopwatch.GetTimestamp();
        inner.Pack(weight, use, packed);
        Add($"pack {weight.Rows}×{weight.Columns} {use}", started);
    }

    public void Linear(DeviceTensor x, DeviceTensor weight, DeviceTensor? bias, Activation activation, DeviceTensor? preActivation, DeviceTensor y) =>
        Linear(x, weight, packed: null, bias, activation, preActivation, y);

    public void Linear(
        DeviceTensor x, DeviceTensor weight, DeviceTensor? packed, DeviceTensor? bias, Activation activation, DeviceTensor? preActivation, DeviceTensor y)
    {
        long started = Stopwatch.GetTimestamp();
        inner.Linear(x, weight, packed, bias, activation, preActivation, y);
        Add($"φ(x Wᵀ + b) {x.Rows}×{weight.Rows}×{x.Columns}", started, 2.0 * x.Rows * weight.Rows * x.Columns);
    }

    public void LinearInputGradient(DeviceTensor dz, DeviceTensor weight, DeviceTensor? packed, DeviceTensor dx)
    {
        long started = Stopwatch.GetTimestamp();
        inner.LinearInputGradient(dz, weight, packed, dx);
        AddInputGradient(dz, weight, started);
    }

    public void LinearInputGradient(DeviceTensor dz, DeviceTensor weight, DeviceTensor? packed, Activation activation, DeviceTensor saved, DeviceTensor dx)
    {
        long started = Stopwatch.GetTimestamp();
        inner.LinearInputGradient(dz, weight, packed, activation, saved, dx);
        AddInputGradient(dz, weight, started);
    }

    public void LinearWeightGradient(DeviceTensor dz, DeviceTensor x, DeviceTensor gradient, bool accumulate, bool isComplete)
    {
        long started = Stopwatch.GetTimestamp();
        inner.LinearWeightGradient(dz, x, gradient, accumulate, isComplete);
        Add($"∂L/∂W {dz.Columns}×{x.Columns}×{dz.Rows}", started, 2.0 * dz.Columns * x.Columns * dz.Rows);
    }

    public void ActivateBackward(Activation activation, DeviceTensor saved, DeviceTensor dy, DeviceTensor dx)
    {
        long started = Stopwatch.GetTimestamp();
        inner.ActivateBackward(activation, saved, dy, dx);
        Add($"φ' {dy.Rows}×{dy.Columns}", started);
    }

    public void SumRows(DeviceTensor x, DeviceTensor target, bool accumulate)
    {
        long started = Stopwatch.GetTimestamp();
        inner.SumRows(x, target, accumulate);
        Add($"∂L/∂b {x.Rows}×{x.Columns}", started);
    }

    public void SoftmaxCrossEntropy(DeviceTensor o, DeviceTensor classes, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient)
    {
        long started = Stopwatch.GetTimestamp();
        inner.SoftmaxCrossEntropy(o, classes, scale, losses, slot, gradient);
        Add($"loss {o.Rows}×{o.Columns}", started);
    }

    public double SumOfSquares(DeviceTensor x)
    {
        long started = Stopwatch.GetTimestamp();
        double sum = inner.SumOfSquares(x);
        Add($"Σ x² of {x.ElementCount}", started);
        return sum;
    }

    public bool IsFinite(DeviceTensor x) => inner.IsFinite(x);

    public void SgdUpdate(in SgdStep step, DeviceTensor gradient, DeviceTensor? velocity, DeviceTensor parameter)
    {
        long started = Stopwatch.GetTimestamp();
        inner.SgdUpdate(step, gradient, velocity, parameter);
        Add($"update of {parameter.ElementCount}", started);
    }

    public void Dispose() => inner.Dispose();

    public DeviceTensor Export(DeviceTensor source, TensorPool pool, IDevice? receiver = null) => throw NotPartOfAStep();

    public void Import(DeviceTensor exported, DeviceTensor target) => throw NotPartOfAStep();

    public void Fill(DeviceTensor target, double value) => throw NotPartOfAStep();

    public void Copy(DeviceTensor source, DeviceTensor target) => throw NotPartOfAStep();

    public void Add(DeviceTensor a, DeviceTensor b, DeviceTensor target) => throw NotPartOfAStep();

    public void Multiply(DeviceTensor a, DeviceTensor b, DeviceTensor target) => throw NotPartOfAStep();

    public void AddScaled(DeviceTensor source, double factor, DeviceTensor target) => throw NotPartOfAStep();

    public void Scale(DeviceTensor source, double factor, DeviceTensor target) => throw NotPartOfAStep();

    public void MatrixProduct(DeviceTensor a, bool transposeA, DeviceTensor b, bool transposeB, DeviceTensor c, bool accumulate) => throw NotPartOfAStep();

    public void Activate(Activation activation, DeviceTensor x, DeviceTensor y) => throw NotPartOfAStep();

    public void ActivateBackwardTangent(Activation activation, DeviceTensor saved, DeviceTensor rsaved, DeviceTensor dy, DeviceTensor rdy, DeviceTensor rdx) => throw NotPartOfAStep();

    public void Dropout(in DropoutMask mask, DeviceTensor x, DeviceTensor y) => throw NotPartOfAStep();

    public void LayerNormalize(DeviceTensor x, DeviceTensor gain, DeviceTensor shift, double epsilon, DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor y) => throw NotPartOfAStep();

    public void LayerNormalizeBackward(DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor gain, DeviceTensor dy, DeviceTensor dx) => throw NotPartOfAStep();

    public void LayerNormalizeTangent(DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor gain, DeviceTensor rgain, DeviceTensor rshift, DeviceTensor rx, DeviceTensor rnormalized, DeviceTensor rinverse, DeviceTensor ry) => throw NotPartOfAStep();

    public void LayerNormalizeBackwardTangent(DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor rnormalized, DeviceTensor rinverse, DeviceTensor gain, DeviceTensor rgain, DeviceTensor dy, DeviceTensor rdy, DeviceTensor rdx) => throw NotPartOfAStep();

    public void SumRowsOfProduct(DeviceTensor a, DeviceTensor b, DeviceTensor target, bool accumulate) => throw NotPartOfAStep();

    public void SoftmaxCrossEntropyTangent(DeviceTensor o, DeviceTensor ro, double scale, DeviceTensor rgradient) => throw NotPartOfAStep();

    public void HalfSquaredError(DeviceTensor o, DeviceTensor y, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient) => throw NotPartOfAStep();

    public void BinaryCrossEntropy(DeviceTensor o, DeviceTensor y, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient) => throw NotPartOfAStep();

    public void Huber(DeviceTensor o, DeviceTensor y, double delta, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient) => throw NotPartOfAStep();

    public void HuberTangent(DeviceTensor o, DeviceTensor y, double delta, DeviceTensor ro, double scale, DeviceTensor rgradient) => throw NotPartOfAStep();

    public void AdamUpdate(in AdamStep step, DeviceTensor gradient, DeviceTensor mean, DeviceTensor variance, DeviceTensor parameter) => throw NotPartOfAStep();

    private void AddInputGradient(DeviceTensor dz, DeviceTensor weight, long started) =>
        Add($"∂L/∂x {dz.Rows}×{weight.Columns}×{dz.Columns}", started, 2.0 * dz.Rows * weight.Columns * dz.Columns);

    private void Add(string name, long started, double flops = 0)
    {
        double seconds = Clock.SecondsSince(started);
        if (_next == _operations.Count) _operations.Add((name, flops, []));
        _operations[_next++].Seconds.Add(seconds);
    }

    private static NotSupportedException NotPartOfAStep() => new("A step of dense layers does not ask for this operation.");
}
