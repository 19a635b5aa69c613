using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

/// <summary>The compute of <see cref="DryDevice"/>: every operation is a no-op, every number is 0 and finite; what grows is the scratch of the other device.</summary>
internal sealed class DryCompute(ComputeOptions options, IDevice model) : ICompute
{
    private readonly ScratchModel _scratch = model.ForecastScratch(options);

    public string Name => "dry";

    public ElementType ElementType => options.ElementType;

    public long ScratchBytes => _scratch.Bytes;

    public bool ReadsHostMemory => model.ReadsHostMemory(options.ElementType);

    public DeviceBuffer Allocate(int capacity) => new DryBuffer(options.ElementType, capacity);

    public DeviceBuffer AllocateView(int capacity) => new DryBuffer(options.ElementType, capacity, isView: true);

    public void View(ReadOnlySpan<float> source, DeviceBuffer view) { }

    public void Upload(ReadOnlySpan<float> source, DeviceTensor target) { }

    public void Upload(ReadOnlySpan<double> source, DeviceTensor target) { }

    public void Download(DeviceTensor source, Span<float> target) => target.Clear();

    public void Download(DeviceTensor source, Span<double> target) => target.Clear();

    public DeviceTensor Export(DeviceTensor source, TensorPool pool, IDevice? receiver = null) => source.Retain();

    public void Import(DeviceTensor exported, DeviceTensor target) { }

    public void Fill(DeviceTensor target, double value) { }

    public void Copy(DeviceTensor source, DeviceTensor target) { }

    public void Add(DeviceTensor a, DeviceTensor b, DeviceTensor target) { }

    public void Multiply(DeviceTensor a, DeviceTensor b, DeviceTensor target) { }

    public void AddScaled(DeviceTensor source, double factor, DeviceTensor target) { }

    public void Scale(DeviceTensor source, double factor, DeviceTensor target) { }

    public void MatrixProduct(DeviceTensor a, bool transposeA, DeviceTensor b, bool transposeB, DeviceTensor c, bool accumulate) =>
        _scratch.Product(new ProductSizes(c.Rows, c.Columns, transposeA ? a.Rows : a.Columns, transposeA, transposeB));

    public void Linear(
        DeviceTensor x, DeviceTensor weight, DeviceTensor? bias, Activation activation, DeviceTensor? preActivation, DeviceTensor y) =>
        Linear(x, weight, packed: null, bias, activation, preActivation, y);

    public void Linear(
        DeviceTensor x, DeviceTensor weight, DeviceTensor? packed, DeviceTensor? bias, Activation activation, DeviceTensor? preActivation, DeviceTensor y) =>
        _scratch.Product(new ProductSizes(x.Rows, weight.Rows, x.Columns, TransposeA: false, TransposeB: true, HasPacking: packed is not null));

    public void LinearInputGradient(DeviceTensor dz, DeviceTensor weight, DeviceTensor? packed, DeviceTensor dx) =>
        _scratch.Product(new ProductSizes(dz.Rows, weight.Columns, dz.Columns, TransposeA: false, TransposeB: false, HasPacking: packed is not null));

    public void LinearWeightGradient(DeviceTensor dz, DeviceTensor x, DeviceTensor gradient, bool accumulate, bool isComplete) =>
        _scratch.Product(new ProductSizes(gradient.Rows, gradient.Columns, dz.Rows, TransposeA: true, TransposeB: false, SumsSquares: isComplete));

    public int PackedElements(Shape weight, WeightUse use, bool isFrozen = false) => model.PackedElements(weight, use, options.ElementType);

    public void Activate(Activation activation, DeviceTensor x, DeviceTensor y) { }

    public void ActivateBackward(Activation activation, DeviceTensor saved, DeviceTensor dy, DeviceTensor dx) { }

    public void ActivateBackwardTangent(
        Activation activation, DeviceTensor saved, DeviceTensor rsaved, DeviceTensor dy, DeviceTensor rdy, DeviceTensor rdx)
    { }

    public void Dropout(in DropoutMask mask, DeviceTensor x, DeviceTensor y) { }

    public void LayerNormalize(
        DeviceTensor x, DeviceTensor gain, DeviceTensor shift, double epsilon,
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor y)
    { }

    public void LayerNormalizeBackward(
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor gain, DeviceTensor dy, DeviceTensor dx)
    { }

    public void LayerNormalizeTangent(
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor gain, DeviceTensor rgain, DeviceTensor rshift, DeviceTensor rx,
        DeviceTensor rnormalized, DeviceTensor rinverse, DeviceTensor ry)
    { }

    public void LayerNormalizeBackwardTangent(
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor rnormalized, DeviceTensor rinverse, DeviceTensor gain, DeviceTensor rgain,
        DeviceTensor dy, DeviceTensor rdy, DeviceTensor rdx)
    { }

    public void SumRows(DeviceTensor x, DeviceTensor target, bool accumulate) { }

    public void SumRowsOfProduct(DeviceTensor a, DeviceTensor b, DeviceTensor target, bool accumulate) { }

    public void SoftmaxCrossEntropy(DeviceTensor o, DeviceTensor classes, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient) => _scratch.Losses(o.Rows);

    public void SoftmaxCrossEntropyTangent(DeviceTensor o, DeviceTensor ro, double scale, DeviceTensor rgradient) { }

    public void HalfSquaredError(DeviceTensor o, DeviceTensor y, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient) => _scratch.Losses(o.Rows);

    public void BinaryCrossEntropy(DeviceTensor o, DeviceTensor y, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient) => _scratch.Losses(o.Rows);

    public void Huber(DeviceTensor o, DeviceTensor y, double delta, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient) => _scratch.Losses(o.Rows);

    public void HuberTangent(DeviceTensor o, DeviceTensor y, double delta, DeviceTensor ro, double scale, DeviceTensor rgradient) { }

    public double SumOfSquares(DeviceTensor x)
    {
        _scratch.SumsOfSquares([x]);
        return 0;
    }

    public void SumsOfSquares(ReadOnlySpan<DeviceTensor> tensors, Span<double> sums)
    {
        _scratch.SumsOfSquares(tensors);
        sums.Clear();
    }

    public bool IsFinite(DeviceTensor x)
    {
        _scratch.Look(x);
        return true;
    }

    public FiniteWatch? WatchFinite() => _scratch.WatchFinite();

    public void SgdUpdate(in SgdStep step, DeviceTensor gradient, DeviceTensor? velocity, DeviceTensor parameter) => _scratch.Update(parameter);

    public void AdamUpdate(in AdamStep step, DeviceTensor gradient, DeviceTensor mean, DeviceTensor variance, DeviceTensor parameter) => _scratch.Update(parameter);

    public void Dispose() { }
}
