using System.Threading.Tasks.Dataflow;
using PipelineBackprop.Blocks;
using PipelineBackprop.Layers;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Stages;

/// <summary>
/// The blocks of one stage, linked: inlet → F of each layer → loss or outlet, and inlet → B/W of each layer in reverse → outlet; both ends lead
/// to the stage. Used on the stage's thread only.
/// </summary>
internal sealed class StageChain
{
    private readonly List<LayerBlockPair> _pairs = [];
    private readonly InletBlock _forwardHead;
    private readonly ComputeBlock _backwardHead;
    private readonly LossBlock? _loss;
    private readonly BlockHost _host;
    private readonly IReadOnlyList<OptimizedParameter> _parameters;
    private readonly WeightPreparation _preparation;
    private readonly List<DeviceTensor> _direction = []; // one a parameter while a Hessian-vector product is under way

    public StageChain(
        StageDefinition definition, BlockHost host, IReadOnlyList<OptimizedParameter> parameters, IReadOnlyList<OptimizedParameter>? newest,
        IOptimizerListener listener, ITargetBlock<MicroBatchMessage> end)
    {
        (_host, _parameters) = (host, parameters);
        Gradients = definition.InferenceOnly ? [] : [.. parameters.Select(parameter => host.Pool.Rent(parameter.Specification.Shape, MemoryPurpose.Gradients))];
        Optimizer = new OptimizerBlock(host, parameters, newest, Gradients, definition.Optimizer, definition.Decay, listener);
        AddPairs(definition, host, parameters);
        _preparation = new WeightPreparation(host.Recorder, [.. _pairs.Select(pair => pair.Context)]);
        _loss = definition.IsLast ? new LossBlock(host, definition.Loss, definition.Layers[^1].Outputs) : null;
        _forwardHead = new InletBlock(host, ActionKind.Forward, definition.IsFirst, definition.Layers[0].Inputs);
        Link(
            [
                _forwardHead,
                .. _pairs.Select(pair => pair.Forward),
                _loss ?? (ComputeBlock)new OutletBlock(host, ActionKind.Forward, definition.NextDevice, definition.SharesWithNext),
            ], end);
        // The last stage's gradients come from its own loss and the first stage's go nowhere.
        ComputeBlock[] inlet = definition.IsLast ? [] : [new InletBlock(host, ActionKind.InputGradient, isFirstStage: false, inputs: 0)];
        ComputeBlock[] outlet = definition.IsFirst ? [] : [new OutletBlock(host, ActionKind.InputGradient, definition.PreviousDevice, definition.SharesWithPrevious)];
        _backwardHead = Link([.. inlet, .. _pairs.Select(pair => pair.Backward).Reverse(), .. outlet], end);
    }

    /// <summary>The gradient sums, one a parameter in layer order.</summary>
    public IReadOnlyList<DeviceTensor> Gradients { get; }

    public OptimizerBlock Optimizer { get; }

    /// <summary>Prepares a pass: brings the direction of a Hessian-vector product to the device.</summary>
    public void Begin(Pass pass)
    {
        Optimizer.Reset();
        _preparation.Begin(pass);
        if (pass.Direction is not { } direction) return;
        foreach (OptimizedParameter parameter in _parameters) _direction.Add(Upload(parameter, direction.GetValueOrDefault(parameter.Name)));
        foreach (LayerBlockPair pair in _pairs) pair.Context.Direction = DirectionOf(pair);
    }

    /// <summary>Sends an action into the chain; its message comes out at the end, always.</summary>
    public void Admit(MicroBatchMessage message)
    {
        _preparation.Start(message.Action);
        (message.Action == ActionKind.Forward ? _forwardHead : _backwardHead).Target.Post(message);
    }

    /// <summary>Lets go of the input of a micro-batch that was to be recomputed and is not.</summary>
    public void ForgetInput(int microBatch) => _forwardHead.Inputs.Close(microBatch);

    /// <summary>Does what can be done before an input of the pass is there, until the stage <paramref name="isCalled"/>.</summary>
    public void Prepare(Func<bool> isCalled) => _preparation.Go(isCalled);

    public void ReadLosses(Span<double> sums) => _loss?.ReadLosses(sums);

    /// <summary>Lets go of gradients and packed weights, at the end of the chain's life.</summary>
    public void Release()
    {
        foreach (DeviceTensor gradient in Gradients) gradient.Release();
        foreach (LayerBlockPair pair in _pairs) pair.Context.ReleasePackedWeights();
    }

    /// <summary>Empties stashes, loss sums and the optimizer's counts, and gives up the direction.</summary>
    public void Reset()
    {
        _forwardHead.Inputs.Clear();
        foreach (LayerBlockPair pair in _pairs) pair.Stash.Clear();
        _forwardHead.Reset();
        _loss?.Reset();
        Optimizer.Reset();
        foreach (LayerBlockPair pair in _pairs) pair.Context.Direction = [];
        foreach (DeviceTensor direction in _direction) direction.Release();
        _direction.Clear();
    }

    private DeviceTensor Upload(OptimizedParameter parameter, double[]? direction)
    {
        DeviceTensor tensor = _host.Pool.Rent(parameter.Specification.Shape, MemoryPurpose.Workspace);
        if (direction is null) _host.Compute.Fill(tensor, 0);
        else _host.Compute.Upload(direction, tensor);
        return tensor;
    }

    private DeviceTensor[] DirectionOf(LayerBlockPair pair)
    {
        int first = _pairs.TakeWhile(before => before != pair).Sum(before => before.Context.Parameters.Count);
        return [.. _direction.Skip(first).Take(pair.Context.Parameters.Count)];
    }

    private void AddPairs(StageDefinition definition, BlockHost host, IReadOnlyList<OptimizedParameter> parameters)
    {
        bool needsInputGradient = definition.NeedsInputGradient;
        int next = 0;
        for (int i = 0; i < definition.Layers.Count; i++)
        {
            Layer layer = definition.Layers[i];
            int index = definition.FirstLayer + i, count = layer.Parameters.Count, first = next;
            var context = new LayerContext(
                host.Compute, host.Pool,
                [.. parameters.Skip(first).Take(count).Select(parameter => parameter.Value)],
                [.. Gradients.Skip(first).Take(count)],
                RandomKeys.OfLayer(definition.Seed, index), needsInputGradient);
            if (i > 0) context.Follow(layer, definition.Layers[i - 1], _pairs[^1].Context);
            _pairs.Add(new LayerBlockPair(host, index, layer, context, i > 0 ? _pairs[^1] : null, Optimizer.Target));
            next += count;
            needsInputGradient |= count > 0;
        }
    }

    /// <summary>Links blocks in order and the last one to the end; returns the first.</summary>
    private static ComputeBlock Link(ReadOnlySpan<ComputeBlock> blocks, ITargetBlock<MicroBatchMessage> end)
    {
        for (int i = 1; i < blocks.Length; i++) blocks[i - 1].LinkTo(blocks[i].Target);
        blocks[^1].LinkTo(end);
        return blocks[0];
    }
}
