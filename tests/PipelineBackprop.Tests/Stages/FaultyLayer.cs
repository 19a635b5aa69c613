using PipelineBackprop.Layers;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Tests.Stages;

/// <summary>A dense layer that misbehaves once armed, in one action on one micro-batch, while it holds what it then never returns.</summary>
internal sealed class FaultyLayer(DenseLayer inner) : Layer, IDisposable
{
    private readonly ManualResetEventSlim _release = new();
    private FaultKind _kind;
    private ActionKind _action;
    private int _firstExample = -1;

    public override string Kind => "faulty";

    public override int Inputs => inner.Inputs;

    public override int Outputs => inner.Outputs;

    public override IReadOnlyList<ParameterSpecification> Parameters => inner.Parameters;

    public override long CostPerExample => inner.CostPerExample;

    public void Arm(FaultKind kind, ActionKind action, int firstExample) => (_kind, _action, _firstExample) = (kind, action, firstExample);

    public void Disarm() => _firstExample = -1;

    /// <summary>Lets a layer that stalls for good return after all.</summary>
    public void Dispose() => _release.Set();

    public override DeviceTensor Forward(LayerContext context, DeviceTensor x)
    {
        bool now = Strike(context, ActionKind.Forward);
        DeviceTensor y = inner.Forward(context, x);
        if (now) context.Compute.Fill(y, double.NaN);
        return y;
    }

    public override DeviceTensor? BackwardInput(LayerContext context, DeviceTensor dy)
    {
        bool now = Strike(context, ActionKind.InputGradient);
        DeviceTensor? dx = inner.BackwardInput(context, dy);
        if (now) context.Compute.Fill(dx!, double.NaN);
        return dx;
    }

    public override void BackwardParameters(LayerContext context)
    {
        bool now = Strike(context, ActionKind.WeightGradient);
        inner.BackwardParameters(context);
        if (now) context.Compute.Fill(context.Gradients[0], double.NaN);
    }

    public override DeviceTensor? RForward(LayerContext context, DeviceTensor x, DeviceTensor? rx) => inner.RForward(context, x, rx);

    public override DeviceTensor? RBackwardInput(LayerContext context, DeviceTensor dy, DeviceTensor rdy) => inner.RBackwardInput(context, dy, rdy);

    public override void RBackwardParameters(LayerContext context)
    {
        bool now = Strike(context, ActionKind.WeightGradient);
        inner.RBackwardParameters(context);
        if (now) context.Compute.Fill(context.Gradients[0], double.NaN);
    }

    private bool Strike(LayerContext context, ActionKind action)
    {
        if (!context.IsTraining || action != _action || context.FirstExample != _firstExample) return false;
        DeviceTensor scratch = context.RentScratch(Shape.Matrix(3, 3));
        switch (_kind)
        {
            case FaultKind.Throw: throw new InvalidOperationException("the layer is on fire");
            case FaultKind.Cancel: throw new OperationCanceledException();
            case FaultKind.StallUntilCancelled: _release.Wait(context.CancellationToken); break;
            case FaultKind.StallForGood: _release.Wait(CancellationToken.None); break;
        }
        scratch.Release();
        return _kind == FaultKind.NotANumber;
    }
}
