using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Inference;

/// <summary>
/// The parameters of a predictor and their packings: written once, here, then only read, by any number of threads. Disposed when nobody computes any more.
/// </summary>
internal sealed class PredictorWeights : IDisposable
{
    private readonly TensorPool _pool;
    private readonly LayerContext[] _contexts;

    /// <summary>Takes the memory and fills it.</summary>
    /// <param name="layers">The network.</param>
    /// <param name="compute">A compute of the processor; the weights outlive it.</param>
    /// <param name="account">Where the bytes are counted.</param>
    /// <param name="upload">Writes the parameter of a name to a tensor.</param>
    public PredictorWeights(IReadOnlyList<Layer> layers, ICompute compute, LedgerAccount account, Action<string, ICompute, DeviceTensor> upload)
    {
        _pool = new TensorPool(compute.Allocate, account);
        _contexts = [.. layers.Select(Context)];

        LayerContext Context(Layer layer, int index) =>
            new(compute, _pool, Parameters(layer, index), [], randomKey: 0, needsInputGradient: false) { ReusesParameters = true, IsFrozen = true };

        DeviceTensor[] Parameters(Layer layer, int index) => [.. layer.Parameters.Select(specification =>
        {
            DeviceTensor value = _pool.Rent(specification.Shape, MemoryPurpose.Parameters);
            upload(ParameterNames.Of(index, specification), compute, value);
            return value;
        })];
    }

    /// <summary>One a layer; the contexts that compute share their parameters and packings.</summary>
    public IReadOnlyList<LayerContext> Contexts => _contexts;

    /// <summary>Lets every layer see a row once, behind which what it asks of its weights is packed; where one throws, everything is freed.</summary>
    public void Pack(IReadOnlyList<Layer> layers, ICompute compute)
    {
        try
        {
            Pass(layers, compute);
        }
        catch
        {
            // A layer that threw has no other way to give back what it held.
            _pool.Reclaim();
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (LayerContext context in _contexts)
        {
            context.ReleasePackedWeights();
            foreach (DeviceTensor parameter in context.Parameters) parameter.Release();
        }
        _pool.Dispose();
    }

    private void Pass(IReadOnlyList<Layer> layers, ICompute compute)
    {
        DeviceTensor x = _pool.Rent(Shape.Matrix(1, layers[0].Inputs), MemoryPurpose.Workspace);
        compute.Fill(x, 0);
        for (int i = 0; i < layers.Count; i++)
        {
            DeviceTensor y = CheckedLayer.Forward(layers[i], _contexts[i], x, i);
            x.Release();
            x = y;
        }
        x.Release();
    }
}
