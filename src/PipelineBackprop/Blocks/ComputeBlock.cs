using System.Threading.Tasks.Dataflow;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Blocks;

/// <summary>
/// A TPL Dataflow block of a stage: takes a message, lets its work replace the tensor, passes the message on. It never faults and never swallows:
/// whatever the work throws, cancellation included, becomes the message's fault, and a message with a fault goes through untouched.
/// </summary>
internal abstract class ComputeBlock
{
    private readonly BlockPlaceBox _place;
    private readonly StageBlock<MicroBatchMessage> _block;
    private ITargetBlock<MicroBatchMessage>? _next;

    protected ComputeBlock(BlockHost host, int layer, string name)
    {
        Host = host;
        _place = new BlockPlaceBox(layer, name);
        _block = new StageBlock<MicroBatchMessage>(Process, host.Thread);
    }

    public ITargetBlock<MicroBatchMessage> Target => _block;

    protected BlockHost Host { get; }

    /// <summary>
    /// Sends everything on to another target; completion stays with the stage. The block posts itself: a <c>TransformBlock</c> would hand over in a task of its own.
    /// </summary>
    public void LinkTo(ITargetBlock<MicroBatchMessage> next) => _next = next;

    /// <summary>Does the block's part of the action on the message's tensor.</summary>
    protected abstract void Work(MicroBatchMessage message);

    /// <summary>Looks at a result, in a pass that looks at every one; see <see cref="BlockHost.RequireFinite"/>.</summary>
    protected void RequireFinite(MicroBatchMessage message, DeviceTensor x, string what)
    {
        if (message.Pass.ChecksEveryAction) Host.RequireFinite(x, _place.Place, what);
    }

    private void Process(MicroBatchMessage message)
    {
        if (message.Fault is null) Act(message);
        _next!.Post(message);
    }

    private void Act(MicroBatchMessage message)
    {
        Host.Enter(_place, message.Action, message.MicroBatch.Index);
        try
        {
            message.Pass.Token.ThrowIfCancellationRequested();
            Work(message);
        }
        catch (Exception exception)
        {
            message.Fail(new BlockFault(_place.Place, exception));
        }
        finally
        {
            Host.Leave();
        }
    }
}
