using PipelineBackprop.Layers;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Blocks;

/// <summary>The forward half of a layer's pair: action F.</summary>
internal sealed class ForwardBlock(BlockHost host, int index, Layer layer, LayerContext context, ActivationStash stash)
    : ComputeBlock(host, index, $"layer {index} ({layer})")
{
    protected override void Work(MicroBatchMessage message)
    {
        Pass pass = message.Pass;
        context.IsTraining = pass.IsTraining;
        context.ReusesParameters = pass.ReusesParameters;
        context.Step = pass.Step;
        context.FirstExample = message.MicroBatch.First;
        context.CancellationToken = pass.Token;
        if (pass.IsTraining) context.Frame = stash.Open(message.MicroBatch.Index);
        DeviceTensor y = CheckedLayer.Forward(layer, context, message.Value!);
        DeviceTensor? ry = pass.Direction is null ? null : CheckedLayer.RForward(layer, context, message.Value!, message.Tangent);
        message.Replace(y, ry);
        if (message.Stash == StashUse.Drop) stash.Close(message.MicroBatch.Index);
        // What is recomputed was looked at the first time.
        if (message.Stash == StashUse.Recompute) return;
        RequireFinite(message, y, "the output");
        if (ry is not null) RequireFinite(message, ry, "the tangent of the output");
    }
}
