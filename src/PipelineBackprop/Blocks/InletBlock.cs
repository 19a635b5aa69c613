using PipelineBackprop.Diagnostics;
using PipelineBackprop.Layers;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Blocks;

/// <summary>
/// The head of a stage's forward or backward chain: brings the tensors to the stage's own device and pool, from the host's minibatch at the first
/// stage and from the neighbour elsewhere.
/// </summary>
internal sealed class InletBlock(BlockHost host, ActionKind carries, bool isFirstStage, int inputs)
    : ComputeBlock(host, -1, carries == ActionKind.Forward ? "input" : "gradient input")
{
    private const int Input = 0, InputTangent = 1;
    private readonly HostInputs? _hostInputs = isFirstStage && host.Compute.ReadsHostMemory ? new HostInputs(host) : null;

    /// <summary>The inputs of micro-batches whose activations are dropped, until they are recomputed. The first stage's are the minibatch, which the host keeps.</summary>
    public ActivationStash Inputs { get; } = new();

    /// <summary>Lets go of the minibatch, when a pass has ended and nothing refers to it any more.</summary>
    public void Reset() => _hostInputs?.Reset();

    protected override void Work(MicroBatchMessage message)
    {
        if (message.Action == ActionKind.WeightGradient) return;
        if (message.Stash == StashUse.Recompute && !isFirstStage)
        {
            TakeBack(message);
            return;
        }
        long started = Host.Recorder.Start();
        if (message.Action == ActionKind.Forward && isFirstStage) Upload(message);
        else if (message.Value is { } foreign) Import(message, foreign);
        else return;
        Host.Recorder.End(TimelineEventKind.Transfer, message.MicroBatch.Index, started);
    }

    private void TakeBack(MicroBatchMessage message)
    {
        int microBatch = message.MicroBatch.Index;
        StashFrame kept = Inputs[microBatch];
        message.Replace(kept[Input].Retain(), kept.Has(InputTangent) ? kept[InputTangent].Retain() : null);
        Inputs.Close(microBatch);
    }

    private void Upload(MicroBatchMessage message)
    {
        MicroBatchRange range = message.MicroBatch;
        Shape shape = Shape.Matrix(range.Count, inputs);
        if (_hostInputs is not null)
        {
            message.Replace(_hostInputs.Rent(message.Pass, range.First, shape));
            return;
        }
        DeviceTensor x = Rent(message, shape);
        message.Replace(x);
        Host.Compute.Upload(message.Pass.Data.Inputs.Span.Slice(range.First * inputs, range.Count * inputs), x);
    }

    private void Import(MicroBatchMessage message, DeviceTensor foreign)
    {
        DeviceTensor local = Rent(message, foreign.Shape);
        DeviceTensor? tangent = message.Tangent is null ? null : Rent(message, foreign.Shape);
        try
        {
            Host.Compute.Import(foreign, local);
            if (tangent is not null) Host.Compute.Import(message.Tangent!, tangent);
        }
        finally
        {
            message.Replace(local, tangent);
        }
        if (message.Stash != StashUse.Drop) return;
        StashFrame kept = Inputs.Open(message.MicroBatch.Index);
        kept.Save(Input, local);
        if (tangent is not null) kept.Save(InputTangent, tangent);
    }

    private DeviceTensor Rent(MicroBatchMessage message, Shape shape)
    {
        bool isStashed = message.Action == ActionKind.Forward && message.Pass.IsTraining;
        return Host.Pool.Rent(shape, isStashed ? MemoryPurpose.Stash : MemoryPurpose.Workspace);
    }
}
