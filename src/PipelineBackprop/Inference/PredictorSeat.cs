using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Inference;

/// <summary>
/// A compute, activations and the layers' contexts over the shared weights. Used by one thread at a time, which may be another one in every call: the processor's
/// compute has no thread of its own.
/// </summary>
internal sealed class PredictorSeat : IPredictorSeat
{
    private readonly IReadOnlyList<Layer> _layers;
    private readonly ICompute _compute;
    private readonly TensorPool _pool;
    private readonly TensorPool? _views;
    private readonly LayerContext[] _contexts;
    private readonly bool _checksEveryLayer;

    public PredictorSeat(IReadOnlyList<Layer> layers, PredictorWeights weights, ICompute compute, LedgerAccount account, bool checksEveryLayer)
    {
        (_layers, _compute, _checksEveryLayer) = (layers, compute, checksEveryLayer);
        _pool = new TensorPool(compute.Allocate, account);
        _views = compute.ReadsHostMemory ? new TensorPool(compute.AllocateView, account) : null;
        _contexts = [.. weights.Contexts.Select(shared => new LayerContext(compute, _pool, shared))];
    }

    public bool IsTeam => false;

    // Small enough for the caches, large enough for full tiles of the matrix product.
    public int RowsAtOnce => 128;

    public void Predict(ReadOnlySpan<float> inputs, int rows, Span<float> outputs, CancellationToken cancellationToken)
    {
        try
        {
            DeviceTensor x = Input(inputs, Shape.Matrix(rows, _layers[0].Inputs));
            for (int i = 0; i < _contexts.Length; i++)
            {
                _contexts[i].CancellationToken = cancellationToken;
                DeviceTensor y = CheckedLayer.Forward(_layers[i], _contexts[i], x, i);
                x.Release();
                x = y;
                if (_checksEveryLayer && !_compute.IsFinite(x))
                    throw new ArithmeticException($"layer {i} ({_layers[i]}): the output holds NaN or an infinity; check the inputs and the weights.");
            }
            _compute.Download(x, outputs);
            x.Release();
        }
        catch
        {
            // A layer that threw has no other way to give back what it held.
            _pool.Reclaim();
            _views?.Reclaim();
            throw;
        }
    }

    public void Dispose()
    {
        _pool.Dispose();
        _views?.Dispose();
        _compute.Dispose();
    }

    private DeviceTensor Input(ReadOnlySpan<float> inputs, Shape shape)
    {
        if (_views is null)
        {
            DeviceTensor copy = _pool.Rent(shape, MemoryPurpose.Workspace);
            _compute.Upload(inputs, copy);
            return copy;
        }
        DeviceTensor view = _views.Rent(shape, MemoryPurpose.Workspace);
        _compute.View(inputs, view.Buffer);
        return view;
    }
}
