using System.Threading.Tasks.Dataflow;
using PipelineBackprop.Layers;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Blocks;

/// <summary>The backward half of a layer's pair: action B carries the gradient back, action W hands parameter gradients to the optimizer block.</summary>
internal sealed class BackwardBlock(
    BlockHost host, int index, Layer layer, LayerContext context, ActivationStash stash, LayerBlockPair? before, ITargetBlock<OptimizerMessage> optimizer)
    : ComputeBlock(host, index, $"layer {index} ({layer})")
{
    private readonly int _index = index;
    private readonly bool _hasParameters = layer.Parameters.Count > 0;

    protected override void Work(MicroBatchMessage message)
    {
        int microBatch = message.MicroBatch.Index;
        context.IsTraining = true;
        context.ReusesParameters = message.Pass.ReusesParameters;
        context.Step = message.Pass.Step;
        context.FirstExample = message.MicroBatch.First;
        context.CancellationToken = message.Pass.Token;
        if (message.Action == ActionKind.InputGradient) BackwardInput(message, microBatch);
        else if (_hasParameters) BackwardParameters(message, microBatch);
    }

    private void BackwardInput(MicroBatchMessage message, int microBatch)
    {
        // Before the first layer with parameters no gradient arrives, because none is needed.
        if (message.Value is { } dy)
        {
            context.Frame = stash[microBatch];
            if (before is not null && context.NeedsInputGradient) before.Context.Frame = before.Stash[microBatch];
            // Tangents need ∂L/∂y itself, and whoever looks for NaN wants the first place.
            context.JoinsDerivatives = message.Pass is { Direction: null, ChecksEveryAction: false };
            DeviceTensor? dx = CheckedLayer.BackwardInput(layer, context, dy);
            DeviceTensor? rdx = message.Tangent is { } rdy ? CheckedLayer.RBackwardInput(layer, context, dy, rdy) : null;
            message.Replace(dx, rdx);
            if (dx is not null) RequireFinite(message, dx, "the gradient of the input");
            if (rdx is not null) RequireFinite(message, rdx, "the tangent of the gradient of the input");
        }
        if (!_hasParameters) stash.Close(microBatch);
    }

    private void BackwardParameters(MicroBatchMessage message, int microBatch)
    {
        context.Frame = stash[microBatch];
        context.Accumulate = microBatch > 0;
        context.Completes = microBatch == message.Pass.MicroBatches.Length - 1;
        if (message.Pass.Direction is null) CheckedLayer.BackwardParameters(layer, context);
        else CheckedLayer.RBackwardParameters(layer, context);
        for (int i = 0; i < context.Gradients.Count; i++) RequireFinite(message, context.Gradients[i], "the gradient of a parameter");
        stash.Close(microBatch);
        optimizer.Post(OptimizerMessage.Contribution(message.Pass, _index, microBatch));
    }
}
