using PipelineBackprop.Layers;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Tests.Layers;

/// <summary>A user's own layer around one of the library's: y = f(x) + x, ∂L/∂x = ∂f/∂x ∂L/∂y + ∂L/∂y.</summary>
internal sealed class ResidualLayer(Layer inner) : Layer
{
    public override string Kind => "residual";

    public override int Inputs => inner.Inputs;

    public override int Outputs => inner.Outputs;

    public override IReadOnlyList<ParameterSpecification> Parameters => inner.Parameters;

    public override DeviceTensor Forward(LayerContext context, DeviceTensor x) => Add(context, inner.Forward(context, x), x);

    public override DeviceTensor? BackwardInput(LayerContext context, DeviceTensor dy) =>
        inner.BackwardInput(context, dy) is { } dx ? Add(context, dx, dy) : null;

    public override void BackwardParameters(LayerContext context) => inner.BackwardParameters(context);

    public override DeviceTensor? RForward(LayerContext context, DeviceTensor x, DeviceTensor? rx) => throw new NotSupportedException();

    public override DeviceTensor? RBackwardInput(LayerContext context, DeviceTensor dy, DeviceTensor rdy) => throw new NotSupportedException();

    private static DeviceTensor Add(LayerContext context, DeviceTensor own, DeviceTensor through)
    {
        DeviceTensor sum = context.RentOutput(own.Shape);
        context.Compute.Add(own, through, sum);
        own.Release();
        return sum;
    }
}
