using PipelineBackprop.Layers;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Tests.Stages;

/// <summary>A layer that tells a test of every call, and spoils results where the test asks for it.</summary>
internal sealed class ProbeLayer(Layer inner) : Layer
{
    public override string Kind => "probe";

    public override int Inputs => inner.Inputs;

    public override int Outputs => inner.Outputs;

    public override IReadOnlyList<ParameterSpecification> Parameters => inner.Parameters;

    public override long CostPerExample => inner.CostPerExample;

    /// <summary>Called before every action in training, on the stage's thread.</summary>
    public Action<LayerContext, ActionKind>? Before { get; set; }

    /// <summary>What to fill an action's result with, or null to leave it.</summary>
    public Func<LayerContext, ActionKind, double?>? Spoil { get; set; }

    /// <summary>As <see cref="Before"/>, for the R-operator of an action.</summary>
    public Action<LayerContext, ActionKind>? BeforeTangent { get; set; }

    /// <summary>As <see cref="Spoil"/>, for the R-operator of an action.</summary>
    public Func<LayerContext, ActionKind, double?>? SpoilTangent { get; set; }

    /// <summary>Called with the input and the output of a forward action.</summary>
    public Action<LayerContext, DeviceTensor, DeviceTensor>? AfterForward { get; set; }

    public override DeviceTensor Forward(LayerContext context, DeviceTensor x)
    {
        if (context.IsTraining) Before?.Invoke(context, ActionKind.Forward);
        DeviceTensor y = inner.Forward(context, x);
        AfterForward?.Invoke(context, x, y);
        Fill(context, ActionKind.Forward, y);
        return y;
    }

    public override DeviceTensor? BackwardInput(LayerContext context, DeviceTensor dy)
    {
        Before?.Invoke(context, ActionKind.InputGradient);
        DeviceTensor? dx = inner.BackwardInput(context, dy);
        if (dx is not null) Fill(context, ActionKind.InputGradient, dx);
        return dx;
    }

    public override void BackwardParameters(LayerContext context)
    {
        Before?.Invoke(context, ActionKind.WeightGradient);
        inner.BackwardParameters(context);
        Fill(context, ActionKind.WeightGradient, context.Gradients[0]);
    }

    public override DeviceTensor? RForward(LayerContext context, DeviceTensor x, DeviceTensor? rx)
    {
        BeforeTangent?.Invoke(context, ActionKind.Forward);
        DeviceTensor? ry = inner.RForward(context, x, rx);
        if (ry is not null) FillTangent(context, ActionKind.Forward, ry);
        return ry;
    }

    public override DeviceTensor? RBackwardInput(LayerContext context, DeviceTensor dy, DeviceTensor rdy)
    {
        BeforeTangent?.Invoke(context, ActionKind.InputGradient);
        DeviceTensor? rdx = inner.RBackwardInput(context, dy, rdy);
        if (rdx is not null) FillTangent(context, ActionKind.InputGradient, rdx);
        return rdx;
    }

    public override void RBackwardParameters(LayerContext context)
    {
        BeforeTangent?.Invoke(context, ActionKind.WeightGradient);
        inner.RBackwardParameters(context);
        FillTangent(context, ActionKind.WeightGradient, context.Gradients[0]);
    }

    private void FillTangent(LayerContext context, ActionKind action, DeviceTensor target)
    {
        if (SpoilTangent?.Invoke(context, action) is { } value) context.Compute.Fill(target, value);
    }

    private void Fill(LayerContext context, ActionKind action, DeviceTensor target)
    {
        if (Spoil?.Invoke(context, action) is { } value) context.Compute.Fill(target, value);
    }
}
