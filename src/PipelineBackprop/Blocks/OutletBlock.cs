using PipelineBackprop.Compute;
using PipelineBackprop.Diagnostics;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Blocks;

/// <summary>
/// The end of a chain towards another stage: makes the tensors readable by a device that is not this one. A neighbour on the same device reads them as they are.
/// </summary>
internal sealed class OutletBlock(BlockHost host, ActionKind carries, IDevice? receiver, bool sharesDevice)
    : ComputeBlock(host, -1, carries == ActionKind.Forward ? "output" : "gradient output")
{
    protected override void Work(MicroBatchMessage message)
    {
        if (message.Stash == StashUse.Recompute) message.Replace(null);
        if (message.Value is null || message.Action == ActionKind.WeightGradient) return;
        if (message.Value.Buffer.IsView) Copy(message, message.Value);
        if (sharesDevice) return;
        long started = Host.Recorder.Start();
        message.Replace(Export(message.Value), message.Tangent is null ? null : Export(message.Tangent));
        Host.Recorder.End(TimelineEventKind.Transfer, message.MicroBatch.Index, started);
    }

    // The minibatch itself, where no layer changed it: it is let go when this stage's pass ends, and the neighbour may still read it then.
    private void Copy(MicroBatchMessage message, DeviceTensor view)
    {
        DeviceTensor copy = Host.Pool.Rent(view.Shape, MemoryPurpose.Workspace);
        Host.Compute.Copy(view, copy);
        message.Replace(copy);
    }

    private DeviceTensor Export(DeviceTensor tensor) => Host.Compute.Export(tensor, Host.HostPool, receiver);
}
