using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Layers;

/// <summary>
/// What a layer sees while it computes on one micro-batch: the device, its own parameters and gradient sums, and the frame in which it keeps
/// values from the forward to the backward pass. One object a layer, reused for every micro-batch; used on the stage's thread only.
/// </summary>
public sealed class LayerContext
{
    private static readonly int s_uses = Enum.GetValues<WeightUse>().Length;
    private readonly TensorPool _pool;
    private readonly DeviceTensor?[] _packed; // by parameter and use
    private readonly bool _isSharing;         // the packings are another context's
    private readonly List<(DeviceTensor Tensor, int Rental, bool IsScratch)> _lent = []; // in the call under way
    private Layer? _layerBefore;
    private LayerContext? _before;

    /// <summary>Creates the context of a layer for its whole life.</summary>
    /// <param name="compute">The stage's device.</param>
    /// <param name="pool">The stage's pool.</param>
    /// <param name="parameters">The layer's parameters, in the order of <see cref="Layer.Parameters"/>.</param>
    /// <param name="gradients">Their gradient sums, same order and shapes.</param>
    /// <param name="randomKey">The seed mixed with the layer's index.</param>
    /// <param name="needsInputGradient">Whether any layer before this one has parameters.</param>
    public LayerContext(
        ICompute compute, TensorPool pool, IReadOnlyList<DeviceTensor> parameters, IReadOnlyList<DeviceTensor> gradients,
        ulong randomKey, bool needsInputGradient)
    {
        Compute = compute;
        _pool = pool;
        Parameters = parameters;
        Gradients = gradients;
        _packed = new DeviceTensor?[parameters.Count * s_uses];
        RandomKey = randomKey;
        NeedsInputGradient = needsInputGradient;
    }

    /// <summary>Creates a context for inference over the parameters and packings of another, which change no more; several may compute at the same time.</summary>
    internal LayerContext(ICompute compute, TensorPool pool, LayerContext shared)
        : this(compute, pool, shared.Parameters, [], shared.RandomKey, needsInputGradient: false)
    {
        (_packed, _isSharing, ReusesParameters) = (shared._packed, true, true);
    }

    /// <summary>The device; its thread is the current one.</summary>
    public ICompute Compute { get; }

    /// <summary>The layer's parameters; read only.</summary>
    public IReadOnlyList<DeviceTensor> Parameters { get; }

    /// <summary>The sums of the parameters' gradients; written only by <see cref="Layer.BackwardParameters"/> and <see cref="Layer.RBackwardParameters"/>.</summary>
    public IReadOnlyList<DeviceTensor> Gradients { get; }

    /// <summary>Where the parameters move in a Hessian-vector product, same order and shapes; empty in every other pass.</summary>
    public IReadOnlyList<DeviceTensor> Direction { get; set; } = [];

    /// <summary>Key of the layer's counter-based random numbers.</summary>
    public ulong RandomKey { get; }

    /// <summary>Whether the gradient of the input is wanted; false before the first layer with parameters.</summary>
    public bool NeedsInputGradient { get; }

    /// <summary>True in a training step, false in prediction and evaluation, where nothing is saved and dropout is off.</summary>
    public bool IsTraining { get; set; }

    /// <summary>True when parameters are used several times before they change: by several micro-batches, or in prediction and evaluation.</summary>
    public bool ReusesParameters { get; set; }

    /// <summary>True when the parameters never change again: in a predictor.</summary>
    internal bool IsFrozen { get; init; }

    /// <summary>The step's number, from 0; the stream of random numbers.</summary>
    public long Step { get; set; }

    /// <summary>Index in the minibatch of this micro-batch's first example.</summary>
    public int FirstExample { get; set; }

    /// <summary>True when gradients add to what earlier micro-batches left, false for the first, which overwrites.</summary>
    public bool Accumulate { get; set; }

    /// <summary>True when this micro-batch's gradients complete the sums.</summary>
    public bool Completes { get; set; }

    /// <summary>The tensors this layer saved for this micro-batch.</summary>
    public StashFrame Frame { get; set; } = StashFrame.None;

    /// <summary>
    /// Whether a product that gives ∂L/∂x multiplies it by φ' of the layer before at once: the same bits, but nobody can look at what is between. Default true.
    /// </summary>
    internal bool JoinsDerivatives { get; set; } = true;

    /// <summary>Whether dy is ∂L/∂z: the layer behind has multiplied it by <see cref="Layer.Derivative"/>.</summary>
    internal bool GetsGradientOfSums { get; private set; }

    /// <summary>Cancelled when the step is given up; a long computation may stop early by throwing.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Lends a tensor for a layer's output, whose caller releases it; the layer releases one that it does not return, or the call fails.</summary>
    public DeviceTensor RentOutput(Shape shape) => Rent(shape, IsTraining ? MemoryPurpose.Stash : MemoryPurpose.Workspace, isScratch: false);

    /// <summary>Lends a tensor for the gradient of a layer's input, whose caller releases it; the layer releases one that it does not return, or the call fails.</summary>
    public DeviceTensor RentGradient(Shape shape) => Rent(shape, MemoryPurpose.Workspace, isScratch: false);

    /// <summary>Lends scratch; the layer releases it before it returns, or the call fails.</summary>
    public DeviceTensor RentScratch(Shape shape) => Rent(shape, MemoryPurpose.Workspace, isScratch: true);

    /// <summary>Behind a call of the layer that returned <paramref name="result"/>: a tensor lent to it that it has not released, or null. What a frame keeps is the frame's.</summary>
    internal (DeviceTensor Tensor, bool IsScratch)? TakeForgotten(DeviceTensor? result)
    {
        (DeviceTensor, bool)? forgotten = null;
        foreach ((DeviceTensor tensor, int rental, bool isScratch) in _lent)
        {
            int due = Frame.CountOf(tensor) + (!isScratch && tensor == result ? 1 : 0);
            if (tensor.Rentals == rental && tensor.References > due) forgotten ??= (tensor, isScratch);
        }
        _lent.Clear();
        return forgotten;
    }

    private DeviceTensor Rent(Shape shape, MemoryPurpose purpose, bool isScratch)
    {
        DeviceTensor tensor = _pool.Rent(shape, purpose);
        // Whoever calls a layer by hand does not ask for what it forgot.
        if (_lent.Count == _lent.Capacity) _lent.RemoveAll(static lent => lent.Tensor.Rentals != lent.Rental || !lent.Tensor.IsLent);
        _lent.Add((tensor, tensor.Rentals, isScratch));
        return tensor;
    }

    /// <summary>
    /// A weight's copy in the device's own order, up to date, for the products of <see cref="ICompute"/> that take one; null where it does not pay. Owned by this
    /// context.
    /// </summary>
    public DeviceTensor? PackedWeight(int parameter, WeightUse use)
    {
        if (!ReusesParameters) return null;
        ref DeviceTensor? packed = ref _packed[parameter * s_uses + (int)use];
        if (_isSharing) return packed;
        if (packed is null)
        {
            int elements = Compute.PackedElements(Parameters[parameter].Shape, use, IsFrozen);
            if (elements == 0) return null;
            packed = _pool.Rent(Shape.Vector(elements), MemoryPurpose.Parameters);
        }
        Compute.Pack(Parameters[parameter], use, packed);
        return packed;
    }

    /// <summary>Brings the packed weights that earlier passes asked for up to date; false where there are none of that use.</summary>
    internal bool RenewPackedWeights(WeightUse use)
    {
        bool hasAny = false;
        for (int i = 0; i < Parameters.Count; i++)
        {
            if (_packed[i * s_uses + (int)use] is not { } packed) continue;
            Compute.Pack(Parameters[i], use, packed);
            hasAny = true;
        }
        return hasAny;
    }

    /// <summary>Names, once, the layer of the same stage whose output is the input of <paramref name="layer"/>, this context's own.</summary>
    internal void Follow(Layer layer, Layer before, LayerContext contextBefore)
    {
        if (layer.TakesDerivativeBefore) (_layerBefore, _before) = (before, contextBefore);
    }

    /// <summary>
    /// φ' of the layer before, by which the caller has to multiply ∂L/∂x, so that that layer is given ∂L/∂z of its own; null for nothing to multiply by. The frame of
    /// that layer is the micro-batch's.
    /// </summary>
    internal ActivationDerivative? TakeDerivativeBefore()
    {
        if (_before is null) return null;
        ActivationDerivative? derivative = JoinsDerivatives ? _layerBefore!.Derivative(_before) : null;
        _before.GetsGradientOfSums = derivative is not null;
        return derivative;
    }

    /// <summary>Lets go of what the context owns, at the end of its life.</summary>
    internal void ReleasePackedWeights()
    {
        foreach (ref DeviceTensor? packed in _packed.AsSpan())
        {
            packed?.Release();
            packed = null;
        }
    }

    /// <summary>Keeps a tensor for the backward pass, in training only; retains it, so the owner's own release stays due.</summary>
    public void Save(int slot, DeviceTensor tensor)
    {
        if (IsTraining) Frame.Save(slot, tensor);
    }

    /// <summary>A tensor kept by <see cref="Save"/>; still owned by the frame.</summary>
    public DeviceTensor Saved(int slot) => Frame[slot];
}
