using PipelineBackprop.Blocks;
using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Randomness;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Stages;

/// <summary>A stage's parameters and optimizer state: what outlives a pass, and a worker thread that is lost. Used on the stage's thread.</summary>
internal sealed class StageParameters : IDisposable
{
    private readonly TensorPool _pool;

    private StageParameters(TensorPool pool, IReadOnlyList<OptimizedParameter> all)
    {
        _pool = pool;
        All = all;
    }

    /// <summary>In layer order, and within a layer in the layer's order.</summary>
    public IReadOnlyList<OptimizedParameter> All { get; }

    /// <summary>Takes the memory and draws the first values.</summary>
    public static StageParameters Create(StageDefinition definition, ICompute compute, LedgerAccount account)
    {
        var pool = new TensorPool(compute.Allocate, account);
        var all = new List<OptimizedParameter>();
        for (int i = 0; i < definition.Layers.Count; i++)
        {
            IReadOnlyList<ParameterSpecification> specifications = definition.Layers[i].Parameters;
            for (int p = 0; p < specifications.Count; p++)
                all.Add(CreateOne(definition, compute, pool, definition.FirstLayer + i, p, specifications[p]));
        }
        return new StageParameters(pool, all);
    }

    public void Dispose()
    {
        foreach (OptimizedParameter parameter in All)
        {
            parameter.Value.Release();
            foreach (DeviceTensor state in parameter.State) state.Release();
        }
        _pool.Dispose();
    }

    private static OptimizedParameter CreateOne(
        StageDefinition definition, ICompute compute, TensorPool pool, int layer, int index, ParameterSpecification specification)
    {
        DeviceTensor value = pool.Rent(specification.Shape, MemoryPurpose.Parameters);
        // A dry run takes no memory, that of first values included.
        if (compute is not DryCompute)
        {
            var first = new double[specification.Shape.ElementCount];
            specification.Initializer.Fill(
                new RandomStream(definition.Seed, RandomKeys.OfParameter(layer, index)), specification.Shape, first);
            compute.Upload(first, value);
        }
        DeviceTensor[] state = definition.InferenceOnly ? [] : CreateState(definition.Optimizer, compute, pool, specification);
        return new OptimizedParameter(layer, $"layers.{layer}.{specification.Name}", specification, value, state);
    }

    private static DeviceTensor[] CreateState(Optimizer optimizer, ICompute compute, TensorPool pool, ParameterSpecification specification)
    {
        var state = new DeviceTensor[optimizer.StateNames.Count];
        for (int i = 0; i < state.Length; i++)
        {
            state[i] = pool.Rent(specification.Shape, MemoryPurpose.OptimizerState);
            compute.Fill(state[i], 0);
        }
        return state;
    }
}
