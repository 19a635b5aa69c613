using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Training;

/// <summary>
/// Consecutive layers of a model on a device, run by hand, action by action, without blocks: to time them and to count their bytes. Used on the device's
/// thread only.
/// </summary>
internal sealed class LayerRun : IDisposable
{
    private readonly PipelineOptions _options;
    private readonly ICompute _compute;
    private readonly int _first, _end, _rows;
    private readonly TensorPool _pool, _parameterPool;
    private readonly LayerContext[] _contexts;
    private readonly StashFrame[] _frames;
    private readonly DeviceTensor[][] _parameters, _gradients;
    private readonly DeviceTensor[][][] _states;
    private DeviceTensor? _losses;

    /// <param name="options">The model.</param>
    /// <param name="first">The first layer.</param>
    /// <param name="end">The layer behind the last.</param>
    /// <param name="rows">Examples of the micro-batch.</param>
    /// <param name="compute">The device.</param>
    /// <param name="reusesParameters">Whether there are several micro-batches, so that the device may keep packed weights.</param>
    public LayerRun(PipelineOptions options, int first, int end, int rows, ICompute compute, bool reusesParameters)
    {
        (_options, _first, _end, _rows, _compute) = (options, first, end, rows, compute);
        var ledger = new MemoryLedger();
        Account = ledger.Open("activations");
        _pool = new TensorPool(compute.Allocate, Account);
        _parameterPool = new TensorPool(compute.Allocate, ledger.Open("parameters"));
        int count = end - first;
        (_contexts, _frames, _parameters, _gradients) = (new LayerContext[count], new StashFrame[count], new DeviceTensor[count][], new DeviceTensor[count][]);
        _states = new DeviceTensor[count][][];
        for (int i = 0; i < count; i++) Prepare(i, reusesParameters);
    }

    /// <summary>The activations' bytes and those of packed weights: not those of parameters and gradients of parameters.</summary>
    public LedgerAccount Account { get; }

    /// <summary>Whether a layer before the run has parameters.</summary>
    public bool NeedsInputGradient => _options.Layers.Take(_first).Any(layer => layer.Parameters.Count > 0);

    /// <summary>Whether the loss is behind the run.</summary>
    public bool IsLast => _end == _options.Layers.Count;

    /// <summary>A tensor of the run's input with harmless values.</summary>
    public DeviceTensor Input() => Filled(Shape.Matrix(_rows, _options.Layers[_first].Inputs), MemoryPurpose.Stash);

    /// <summary>Action F; takes the input over and returns the output.</summary>
    /// <param name="x">The input.</param>
    /// <param name="drops">Whether what each layer keeps is dropped behind it.</param>
    public DeviceTensor Forward(DeviceTensor x, bool drops = false)
    {
        for (int i = 0; i < _contexts.Length; i++)
        {
            _contexts[i].Frame = _frames[i];
            DeviceTensor y = CheckedLayer.Forward(_options.Layers[_first + i], _contexts[i], x, _first + i);
            x.Release();
            if (drops) _frames[i].Clear();
            x = y;
        }
        return x;
    }

    /// <summary>The gradient that action B starts from, in place of the output: the loss's behind the last layer, else one that has come in.</summary>
    public DeviceTensor Turn(DeviceTensor o)
    {
        DeviceTensor gradient;
        if (IsLast)
        {
            // One micro-batch's sum; kept to the end of the pass, as the loss block does.
            _losses = _pool.Rent(Shape.Vector(1), MemoryPurpose.Workspace);
            DeviceTensor targets = Filled(Shape.Matrix(_rows, _options.Loss.TargetWidth(o.Columns)), MemoryPurpose.Workspace, 0);
            gradient = _pool.Rent(o.Shape, MemoryPurpose.Workspace);
            _options.Loss.Evaluate(_compute, o, targets, 1.0 / _rows, _losses, 0, gradient);
            targets.Release();
            o.Release();
            return gradient;
        }
        Shape shape = o.Shape;
        o.Release();
        gradient = Filled(shape, MemoryPurpose.Workspace);
        return gradient;
    }

    /// <summary>Action B; takes the gradient over and returns that of the input, or null where none is needed.</summary>
    public DeviceTensor? BackwardInput(DeviceTensor? dy)
    {
        for (int i = _contexts.Length - 1; i >= 0 && dy is not null; i--)
        {
            DeviceTensor? dx = CheckedLayer.BackwardInput(_options.Layers[_first + i], _contexts[i], dy, _first + i);
            dy.Release();
            dy = dx;
            if (_options.Layers[_first + i].Parameters.Count == 0) _frames[i].Clear();
        }
        return dy;
    }

    /// <summary>Action W; what was kept is given back.</summary>
    /// <param name="accumulates">Whether it adds to the gradients, as all micro-batches but the first do.</param>
    /// <param name="completes">Whether it is the last of the minibatch.</param>
    public void BackwardParameters(bool accumulates = false, bool completes = false)
    {
        for (int i = _contexts.Length - 1; i >= 0; i--)
        {
            Layer layer = _options.Layers[_first + i];
            _contexts[i].Accumulate = accumulates;
            _contexts[i].Completes = completes;
            if (layer.Parameters.Count > 0) CheckedLayer.BackwardParameters(layer, _contexts[i], _first + i);
            _frames[i].Clear();
        }
        _losses?.Release();
        _losses = null;
    }

    /// <summary>The optimizer's step, with the sums that decide it.</summary>
    public void Update()
    {
        for (int i = 0; i < _contexts.Length; i++)
        {
            IReadOnlyList<ParameterSpecification> specifications = _options.Layers[_first + i].Parameters;
            for (int p = 0; p < specifications.Count; p++)
            {
                DeviceTensor gradient = _gradients[i][p], value = _parameters[i][p];
                _ = _compute.SumOfSquares(gradient);
                _options.Optimizer.Update(_compute, new(1, 0, 1, 0, 0), gradient, _states[i][p], value);
            }
        }
    }

    /// <summary>Brings a tensor of the output's shape to another stage on the device.</summary>
    public void Transfer(DeviceTensor from, DeviceTensor to) => _compute.Import(from, to);

    /// <summary>Bytes lent now of what is kept for the backward pass.</summary>
    public long KeptBytes => Account.InUse(MemoryPurpose.Stash);

    /// <summary>Bytes lent now, but for packed weights and the sum of the losses.</summary>
    public long HeldBytes => Account.InUse(MemoryPurpose.Stash) + Account.InUse(MemoryPurpose.Workspace) - (_losses is null ? 0 : _options.ElementType.Size());

    /// <summary>Lends a tensor with harmless values.</summary>
    public DeviceTensor Filled(Shape shape, MemoryPurpose purpose, double value = 0.01)
    {
        DeviceTensor tensor = _pool.Rent(shape, purpose);
        _compute.Fill(tensor, value);
        return tensor;
    }

    public void Dispose()
    {
        foreach (LayerContext context in _contexts) context.ReleasePackedWeights();
        foreach (DeviceTensor tensor in _parameters.Concat(_gradients).Concat(_states.SelectMany(states => states)).SelectMany(tensors => tensors)) tensor.Release();
        _pool.Dispose();
        _parameterPool.Dispose();
    }

    private void Prepare(int index, bool reusesParameters)
    {
        Layer layer = _options.Layers[_first + index];
        DeviceTensor[] Rent(MemoryPurpose purpose) => [.. layer.Parameters.Select(parameter => _parameterPool.Rent(parameter.Shape, purpose))];
        _parameters[index] = Rent(MemoryPurpose.Parameters);
        _gradients[index] = Rent(MemoryPurpose.Gradients);
        _states[index] = [.. layer.Parameters.Select(parameter => (DeviceTensor[])[.. _options.Optimizer.StateNames.Select(_ => _parameterPool.Rent(parameter.Shape, MemoryPurpose.OptimizerState))])];
        foreach (DeviceTensor tensor in _parameters[index].Concat(_gradients[index]).Concat(_states[index].SelectMany(state => state))) _compute.Fill(tensor, 0.01);
        bool needs = _options.Layers.Take(_first + index).Any(before => before.Parameters.Count > 0);
        _contexts[index] = new LayerContext(_compute, _pool, _parameters[index], _gradients[index], RandomKeys.OfLayer(_options.Seed, _first + index), needs)
        {
            IsTraining = true,
            ReusesParameters = reusesParameters,
        };
        if (index > 0) _contexts[index].Follow(layer, _options.Layers[_first + index - 1], _contexts[index - 1]);
        _frames[index] = new StashFrame();
    }
}
