using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

/// <summary>
/// What a device can do. Layers, losses and optimizers speak only to this interface, over opaque tensors, so the same layer runs on every
/// device. Shapes are checked by the caller's contract: an implementation may assume them. Created, used and disposed on one thread; calls
/// may return before the work is done, except those that give a value back to the host. Numbers are a pure function of the inputs: they never
/// depend on the number of threads or on how rows are divided.
/// </summary>
public interface ICompute : IDisposable
{
    /// <summary>The device as a person names it: <c>cpu</c>, <c>sim:0</c>.</summary>
    string Name { get; }

    /// <summary>The number format of every buffer of this compute.</summary>
    ElementType ElementType { get; }

    /// <summary>
    /// Bytes of the device that the implementation itself holds (packing buffers, partial sums), outside the pools: no more than was needed at once so far, never
    /// given back, and what <see cref="IDevice.ForecastScratch"/> says.
    /// </summary>
    long ScratchBytes { get; }

    /// <summary>
    /// Whether launches are recorded with the addresses of their buffers, so that steps which ask alike should find the same buffers; default false.
    /// </summary>
    bool RecordsAddresses => false;

    /// <summary>
    /// Lets the device begin what was asked for and may have been held back to be started together; called before the thread goes idle. What the host
    /// or another device waits for is never held back.
    /// </summary>
    void Flush() { }

    /// <summary>Takes memory for <paramref name="capacity"/> elements from the device; contents undefined.</summary>
    DeviceBuffer Allocate(int capacity);

    /// <summary>
    /// Takes memory for <paramref name="capacity"/> elements that implements <see cref="IHostReadable"/>, for the pool given to <see cref="Export"/>;
    /// contents undefined. A device whose memory is the host's gives what <see cref="Allocate"/> gives. Unlike device memory it may be disposed
    /// on any thread, since the importing side often releases it last.
    /// </summary>
    DeviceBuffer AllocateHost(int capacity) => Allocate(capacity);

    /// <summary>Copies host values to the first elements of <paramref name="target"/>; lengths equal.</summary>
    void Upload(ReadOnlySpan<float> source, DeviceTensor target);

    /// <summary>Copies host values to <paramref name="target"/>, rounding where the device is float32; lengths equal.</summary>
    void Upload(ReadOnlySpan<double> source, DeviceTensor target);

    /// <summary>Whether this compute can read float32 values where they lie in the host's memory; see <see cref="AllocateView"/>.</summary>
    bool ReadsHostMemory => false;

    /// <summary>A buffer without memory of its own, to be pointed at the host's by <see cref="View"/>; only where <see cref="ReadsHostMemory"/>.</summary>
    DeviceBuffer AllocateView(int capacity) => throw new NotSupportedException($"Device '{Name}' does not read the host's memory: upload instead.");

    /// <summary>Lets a view show host values, which must neither move nor change while it does; the view is read only. No more than its capacity.</summary>
    void View(ReadOnlySpan<float> source, DeviceBuffer view) => throw new NotSupportedException($"Device '{Name}' does not read the host's memory: upload instead.");

    /// <summary>Copies <paramref name="source"/> to the host and waits for it; lengths equal.</summary>
    void Download(DeviceTensor source, Span<float> target);

    /// <summary>Copies <paramref name="source"/> to the host and waits for it; lengths equal.</summary>
    void Download(DeviceTensor source, Span<double> target);

    /// <summary>
    /// Makes <paramref name="source"/>, a tensor of this device, readable by another device's <see cref="Import"/>: host memory is itself
    /// (retained), device memory is copied into a tensor of <paramref name="pool"/>, a pool over <see cref="AllocateHost"/>. The copy may still be on its
    /// way when this returns: who imports or reads it waits for it. The caller releases the result, on any thread; its buffer implements
    /// <see cref="IHostReadable"/>, unless <paramref name="receiver"/>, the device that will import it, reads this one's memory: then it is the tensor itself.
    /// </summary>
    DeviceTensor Export(DeviceTensor source, TensorPool pool, IDevice? receiver = null);

    /// <summary>
    /// Copies a tensor that another device exported into <paramref name="target"/>, a tensor of this device of the same shape; <paramref name="exported"/> may be
    /// released at once.
    /// </summary>
    void Import(DeviceTensor exported, DeviceTensor target);

    /// <summary>Sets every element to <paramref name="value"/>.</summary>
    void Fill(DeviceTensor target, double value);

    /// <summary>target = source, same shape.</summary>
    void Copy(DeviceTensor source, DeviceTensor target);

    /// <summary>target = a + b elementwise; target may be a or b.</summary>
    void Add(DeviceTensor a, DeviceTensor b, DeviceTensor target);

    /// <summary>target = a ⊙ b elementwise; target may be a or b.</summary>
    void Multiply(DeviceTensor a, DeviceTensor b, DeviceTensor target);

    /// <summary>target = target + factor · source.</summary>
    void AddScaled(DeviceTensor source, double factor, DeviceTensor target);

    /// <summary>target = factor · source; target may be source.</summary>
    void Scale(DeviceTensor source, double factor, DeviceTensor target);

    /// <summary>
    /// c = op(a) op(b), or c + op(a) op(b) when <paramref name="accumulate"/>; op transposes where asked. c [m×n], op(a) [m×k], op(b) [k×n].
    /// </summary>
    void MatrixProduct(DeviceTensor a, bool transposeA, DeviceTensor b, bool transposeB, DeviceTensor c, bool accumulate);

    /// <summary>
    /// y = φ(x Wᵀ + b): x [n×in], weight [out×in], bias [out] or none, y [n×out]. z = x Wᵀ + b is also written to
    /// <paramref name="preActivation"/> [n×out] when given.
    /// </summary>
    void Linear(
        DeviceTensor x, DeviceTensor weight, DeviceTensor? bias, Activation activation, DeviceTensor? preActivation, DeviceTensor y);

    /// <summary>
    /// Elements of a copy of a weight [out×in] in the device's own order, worth its memory where the weight is used several times before it changes; 0, the
    /// default, where the device uses the weight as it is. <paramref name="isFrozen"/> says that it never changes again, so that more is worth it.
    /// </summary>
    int PackedElements(Shape weight, WeightUse use, bool isFrozen = false) => 0;

    /// <summary>
    /// Brings <paramref name="packed"/>, a tensor of <see cref="PackedElements"/>, up to date with <paramref name="weight"/>; nothing when it is. Its
    /// contents are for <see cref="Linear(DeviceTensor, DeviceTensor, DeviceTensor?, DeviceTensor?, Activation, DeviceTensor?, DeviceTensor)"/> and
    /// <see cref="LinearInputGradient(DeviceTensor, DeviceTensor, DeviceTensor?, DeviceTensor)"/> alone.
    /// </summary>
    void Pack(DeviceTensor weight, WeightUse use, DeviceTensor packed) { }

    /// <summary>
    /// <see cref="Linear(DeviceTensor, DeviceTensor, DeviceTensor?, Activation, DeviceTensor?, DeviceTensor)"/> with the weight's packing for
    /// <see cref="WeightUse.Forward"/>, if there is one; the same bits.
    /// </summary>
    void Linear(
        DeviceTensor x, DeviceTensor weight, DeviceTensor? packed, DeviceTensor? bias, Activation activation, DeviceTensor? preActivation, DeviceTensor y) =>
        Linear(x, weight, bias, activation, preActivation, y);

    /// <summary>
    /// dx = dz W: dz [n×out], weight [out×in], dx [n×in], with the weight's packing for <see cref="WeightUse.InputGradient"/>, if there is one.
    /// </summary>
    void LinearInputGradient(DeviceTensor dz, DeviceTensor weight, DeviceTensor? packed, DeviceTensor dx) =>
        MatrixProduct(dz, transposeA: false, weight, transposeB: false, dx, accumulate: false);

    /// <summary>
    /// dx = (dz W) ⊙ φ': the same bits as <see cref="LinearInputGradient(DeviceTensor, DeviceTensor, DeviceTensor?, DeviceTensor)"/> with
    /// <see cref="ActivateBackward"/> behind it, in one pass where the device can. <paramref name="saved"/> [n×in] as there; it must not be dx.
    /// </summary>
    void LinearInputGradient(DeviceTensor dz, DeviceTensor weight, DeviceTensor? packed, Activation activation, DeviceTensor saved, DeviceTensor dx)
    {
        LinearInputGradient(dz, weight, packed, dx);
        ActivateBackward(activation, saved, dx, dx);
    }

    /// <summary>
    /// gradient = (accumulate ? gradient : 0) + dzᵀ x: dz [n×out], x [n×in], gradient [out×in]. <paramref name="isComplete"/> says that nothing more is added before
    /// <see cref="SumOfSquares"/> is asked of it, which a device may then answer from what passes by.
    /// </summary>
    void LinearWeightGradient(DeviceTensor dz, DeviceTensor x, DeviceTensor gradient, bool accumulate, bool isComplete) =>
        MatrixProduct(dz, transposeA: true, x, transposeB: false, gradient, accumulate);

    /// <summary>y = φ(x), any shape; y may be x.</summary>
    void Activate(Activation activation, DeviceTensor x, DeviceTensor y);

    /// <summary>
    /// dx = dy ⊙ φ'. <paramref name="saved"/> is φ's output when <see cref="Activation.DerivativeFromOutput"/>, else its input; dx may be dy or saved.
    /// </summary>
    void ActivateBackward(Activation activation, DeviceTensor saved, DeviceTensor dy, DeviceTensor dx);

    /// <summary>
    /// The tangent of <see cref="ActivateBackward"/>: with φ' = g(saved), rdx = rdy ⊙ g(saved) + dy ⊙ g'(saved) ⊙ rsaved, where
    /// <paramref name="rsaved"/> is the tangent of <paramref name="saved"/>; rdx may be rdy.
    /// </summary>
    void ActivateBackwardTangent(Activation activation, DeviceTensor saved, DeviceTensor rsaved, DeviceTensor dy, DeviceTensor rdy, DeviceTensor rdx);

    /// <summary>y = x ⊙ mask / (1 − rate), x and y [n×columns]; y may be x. The backward pass is the same call on the gradient.</summary>
    void Dropout(in DropoutMask mask, DeviceTensor x, DeviceTensor y);

    /// <summary>
    /// Per row: normalized = (x − mean) / √(variance + ε) (biased variance), y = normalized ⊙ gain + shift. x, y, normalized [n×d]; gain,
    /// shift [d]; inverseDeviation [n] receives 1/√(variance + ε).
    /// </summary>
    void LayerNormalize(
        DeviceTensor x, DeviceTensor gain, DeviceTensor shift, double epsilon,
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor y);

    /// <summary>
    /// dx of <see cref="LayerNormalize"/>: with g = dy ⊙ gain and x̂ = normalized, dx = inverseDeviation · (g − mean(g) − x̂ · mean(g ⊙ x̂)), means over the row.
    /// </summary>
    void LayerNormalizeBackward(
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor gain, DeviceTensor dy, DeviceTensor dx);

    /// <summary>
    /// The tangent of <see cref="LayerNormalize"/> along rx and the directions of gain and shift: with x̂ = normalized, rnormalized = inverseDeviation ·
    /// (rx − mean(rx) − x̂ · mean(rx ⊙ x̂)), rinverse [n] = −inverseDeviation² · mean(rx ⊙ x̂), ry = rnormalized ⊙ gain + x̂ ⊙ rgain + rshift.
    /// </summary>
    void LayerNormalizeTangent(
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor gain, DeviceTensor rgain, DeviceTensor rshift, DeviceTensor rx,
        DeviceTensor rnormalized, DeviceTensor rinverse, DeviceTensor ry);

    /// <summary>
    /// The tangent of <see cref="LayerNormalizeBackward"/>: with g = dy ⊙ gain, rg = rdy ⊙ gain + dy ⊙ rgain, x̂ = normalized and rx̂ = rnormalized,
    /// rdx = rinverse · (g − mean(g) − x̂ · mean(g ⊙ x̂)) + inverseDeviation · (rg − mean(rg) − x̂ · mean(rg ⊙ x̂ + g ⊙ rx̂) − rx̂ · mean(g ⊙ x̂)).
    /// </summary>
    void LayerNormalizeBackwardTangent(
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor rnormalized, DeviceTensor rinverse, DeviceTensor gain, DeviceTensor rgain,
        DeviceTensor dy, DeviceTensor rdy, DeviceTensor rdx);

    /// <summary>target [columns] = (accumulate ? target : 0) + the sum of x's rows, in row order.</summary>
    void SumRows(DeviceTensor x, DeviceTensor target, bool accumulate);

    /// <summary>target [columns] = (accumulate ? target : 0) + the sum over rows of a ⊙ b, in row order.</summary>
    void SumRowsOfProduct(DeviceTensor a, DeviceTensor b, DeviceTensor target, bool accumulate);

    /// <summary>
    /// Softmax cross-entropy on class indices: l = ln Σⱼ eᵒʲ − oᵧ per row of o [n×classes], classes [n×1] holding indices as numbers. Writes Σ l over
    /// the rows to element <paramref name="slot"/> of <paramref name="losses"/> and, when given, gradient = (softmax(o) − onehot(y)) · scale.
    /// </summary>
    void SoftmaxCrossEntropy(DeviceTensor o, DeviceTensor classes, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient);

    /// <summary>
    /// The tangent of the gradient of <see cref="SoftmaxCrossEntropy"/> along ro: with p = softmax(o), rgradient = p ⊙ (ro − pᵀro) · scale per row. All
    /// [n×classes]; rgradient is neither o nor ro.
    /// </summary>
    void SoftmaxCrossEntropyTangent(DeviceTensor o, DeviceTensor ro, double scale, DeviceTensor rgradient);

    /// <summary>Half squared error: l = ½ Σⱼ (oⱼ − yⱼ)² per row; gradient = (o − y) · scale. o, y, gradient [n×outputs].</summary>
    void HalfSquaredError(DeviceTensor o, DeviceTensor y, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient);

    /// <summary>
    /// Binary cross-entropy on logits: l = Σⱼ max(oⱼ, 0) − oⱼ yⱼ + ln(1 + e^−|oⱼ|) per row with y in [0, 1]; gradient = (sigmoid(o) − y) · scale.
    /// </summary>
    void BinaryCrossEntropy(DeviceTensor o, DeviceTensor y, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient);

    /// <summary>
    /// Huber: with r = o − y, l = Σⱼ ½ rⱼ² where |rⱼ| ≤ δ and δ (|rⱼ| − ½ δ) elsewhere; gradient = clamp(r, −δ, δ) · scale.
    /// </summary>
    void Huber(DeviceTensor o, DeviceTensor y, double delta, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient);

    /// <summary>The tangent of the gradient of <see cref="Huber"/> along ro: rgradient = ro · scale where |o − y| ≤ δ and 0 elsewhere; rgradient may be ro.</summary>
    void HuberTangent(DeviceTensor o, DeviceTensor y, double delta, DeviceTensor ro, double scale, DeviceTensor rgradient);

    /// <summary>Σ x² over all elements, summed in float64 in a fixed order. Waits for the device.</summary>
    double SumOfSquares(DeviceTensor x);

    /// <summary>sums[i] = Σ x² of the i-th tensor, each as <see cref="SumOfSquares"/> gives it; waits for the device once.</summary>
    void SumsOfSquares(ReadOnlySpan<DeviceTensor> tensors, Span<double> sums)
    {
        for (int i = 0; i < tensors.Length; i++) sums[i] = SumOfSquares(tensors[i]);
    }

    /// <summary>Whether no element is NaN or infinite. Waits for the device.</summary>
    bool IsFinite(DeviceTensor x);

    /// <summary>A watch that looks for NaN and infinity without waiting; null where <see cref="IsFinite"/> does not wait for anything either.</summary>
    FiniteWatch? WatchFinite() => null;

    /// <summary>One step of gradient descent on a parameter; velocity is null without momentum.</summary>
    void SgdUpdate(in SgdStep step, DeviceTensor gradient, DeviceTensor? velocity, DeviceTensor parameter);

    /// <summary>One step of Adam or AdamW on a parameter.</summary>
    void AdamUpdate(in AdamStep step, DeviceTensor gradient, DeviceTensor mean, DeviceTensor variance, DeviceTensor parameter);
}
