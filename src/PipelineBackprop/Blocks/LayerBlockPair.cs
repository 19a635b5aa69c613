using System.Threading.Tasks.Dataflow;
using PipelineBackprop.Layers;

namespace PipelineBackprop.Blocks;

/// <summary>A layer in the pipeline: its forward and backward blocks and the stash between them.</summary>
internal sealed class LayerBlockPair
{
    public LayerBlockPair(BlockHost host, int index, Layer layer, LayerContext context, LayerBlockPair? before, ITargetBlock<OptimizerMessage> optimizer)
    {
        Context = context;
        Stash = new ActivationStash();
        Forward = new ForwardBlock(host, index, layer, context, Stash);
        Backward = new BackwardBlock(host, index, layer, context, Stash, before, optimizer);
    }

    public LayerContext Context { get; }

    public ForwardBlock Forward { get; }

    public BackwardBlock Backward { get; }

    public ActivationStash Stash { get; }
}
