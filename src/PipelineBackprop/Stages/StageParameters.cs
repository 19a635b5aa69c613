using PipelineBackprop.Blocks;
using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Randomness;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Stages;

/// <summary>
/// A stage's parameters and optimizer state: what outlives a pass, and a worker thread that is lost. Where the schedule is asynchronous there are two versions of
/// the parameters: n updates leave the newest in version n mod 2, the ones before it in the other. Used on the stage's thread, but for <see cref="Join"/> and <see cref="Leave"/>.
/// </summary>
internal sealed class StageParameters
{
    private readonly TensorPool _pool;

    private readonly IReadOnlyList<OptimizedParameter>[] _versions;
    private int _newest;
    private int _users = 1; // workers, those included that were given up and whose thread has not come back

    private StageParameters(TensorPool pool, IReadOnlyList<OptimizedParameter>[] versions)
    {
        _pool = pool;
        _versions = versions;
    }

    /// <summary>The newest, in layer order, and within a layer in the layer's order.</summary>
    public IReadOnlyList<OptimizedParameter> All => _versions[_newest];

    /// <summary>The ones before the newest; null where there is one version only.</summary>
    public IReadOnlyList<OptimizedParameter>? Previous => _versions.Length == 1 ? null : _versions[1 - _newest];

    /// <summary>1 or 2.</summary>
    public int VersionCount => _versions.Length;

    /// <summary>All parameters in one version.</summary>
    public IReadOnlyList<OptimizedParameter> Of(int version) => _versions[version];

    /// <summary>The version that the pass of step t computes with on seat t mod 2, t − 1 updates old; the only one where there is one.</summary>
    public int VersionOf(int seat) => (seat + VersionCount - 1) % VersionCount;

    /// <summary>One update more was taken.</summary>
    public void Advance() => SetUpdates(_newest + 1);

    /// <summary>Says which version is the newest by the number of updates.</summary>
    public void SetUpdates(long updates) => _newest = (int)(updates % VersionCount);

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
        var versions = new IReadOnlyList<OptimizedParameter>[definition.WeightVersions];
        versions[0] = all;
        for (int version = 1; version < versions.Length; version++) versions[version] = [.. all.Select(parameter => parameter with { Value = CopyOf(parameter.Value, compute, pool) })];
        return new StageParameters(pool, versions);
    }

    /// <summary>Another worker takes over, while the one before may still look at them.</summary>
    public void Join() => Interlocked.Increment(ref _users);

    /// <summary>A worker looks at them no more: behind the last one their memory is freed.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0) Free();
    }

    private void Free()
    {
        // A layer may have released what is not its own.
        foreach (OptimizedParameter parameter in _versions.SelectMany(version => version).Where(parameter => parameter.Value.IsLent)) parameter.Value.Release();
        foreach (DeviceTensor state in All.SelectMany(parameter => parameter.State)) state.Release();
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
        return new OptimizedParameter(layer, ParameterNames.Of(layer, specification), specification, value, state);
    }

    private static DeviceTensor CopyOf(DeviceTensor value, ICompute compute, TensorPool pool)
    {
        DeviceTensor copy = pool.Rent(value.Shape, MemoryPurpose.Parameters);
        compute.Import(value, copy);
        return copy;
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
