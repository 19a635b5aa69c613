using PipelineBackprop.Losses;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Blocks;

/// <summary>
/// Behind the last layer's forward block: turns the activation around. In training the message leaves with ∂L/∂o, weighted by 1 / (examples of the
/// minibatch) and the loss scale, and with its tangent in a Hessian-vector product; in evaluation and prediction the outputs go to the host.
/// </summary>
internal sealed class LossBlock(BlockHost host, Loss loss, int outputs) : ComputeBlock(host, -1, $"loss ({loss})")
{
    private DeviceTensor? _losses;

    protected override void Work(MicroBatchMessage message)
    {
        if (message.Stash == StashUse.Recompute)
        {
            message.Replace(null);
            return;
        }
        Pass pass = message.Pass;
        DeviceTensor o = message.Value!;
        if (pass.Mode != PassMode.Predict) Evaluate(message, pass, o);
        if (pass.IsTraining) return;
        if (!pass.Data.Outputs.IsEmpty)
            Host.Compute.Download(o, pass.Data.Outputs.Span.Slice(message.MicroBatch.First * outputs, o.ElementCount));
        message.Replace(null);
    }

    /// <summary>The sums of l over each micro-batch's examples, in order; waits for the device.</summary>
    public void ReadLosses(Span<double> sums)
    {
        if (_losses is null) sums.Clear();
        else Host.Compute.Download(_losses, sums);
    }

    /// <summary>Gives the loss sums back to the pool.</summary>
    public void Reset()
    {
        _losses?.Release();
        _losses = null;
    }

    private void Evaluate(MicroBatchMessage message, Pass pass, DeviceTensor o)
    {
        MicroBatchRange range = message.MicroBatch;
        int width = loss.TargetWidth(outputs);
        _losses ??= Host.Pool.Rent(Shape.Vector(pass.MicroBatches.Length), MemoryPurpose.Workspace);
        DeviceTensor targets = Host.Pool.Rent(Shape.Matrix(range.Count, width), MemoryPurpose.Workspace);
        Host.Compute.Upload(pass.Data.Targets.Span.Slice(range.First * width, range.Count * width), targets);
        DeviceTensor? gradient = pass.IsTraining ? Host.Pool.Rent(o.Shape, MemoryPurpose.Workspace) : null;
        double scale = pass.LossScale / pass.Examples;
        loss.Evaluate(Host.Compute, o, targets, scale, _losses, range.Index, gradient);
        DeviceTensor? tangent = message.Tangent is null ? null : Host.Pool.Rent(o.Shape, MemoryPurpose.Workspace);
        if (tangent is not null) loss.REvaluate(Host.Compute, o, targets, message.Tangent!, scale, tangent);
        targets.Release();
        if (gradient is null) return;
        message.Replace(gradient, tangent);
        RequireFinite(message, gradient, "the gradient of the outputs");
        if (tangent is not null) RequireFinite(message, tangent, "the tangent of the gradient of the outputs");
    }
}
