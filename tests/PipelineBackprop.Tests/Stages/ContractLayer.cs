using PipelineBackprop.Layers;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Tests.Stages;

/// <summary>A user's own layer, y = x and no parameters, that does in each call what a test asks for instead.</summary>
internal sealed class ContractLayer(int width) : Layer
{
    public override string Kind => "own";

    public override int Inputs => width;

    public override int Outputs => width;

    public Func<LayerContext, DeviceTensor, DeviceTensor?> OnForward { get; set; } = (_, x) => x.Retain();

    public Func<LayerContext, DeviceTensor, DeviceTensor?> OnBackward { get; set; } = (_, dy) => dy.Retain();

    public Func<LayerContext, DeviceTensor?, DeviceTensor?> OnForwardTangent { get; set; } = (_, rx) => rx?.Retain();

    public Func<LayerContext, DeviceTensor, DeviceTensor?> OnBackwardTangent { get; set; } = (_, rdy) => rdy.Retain();

    public override DeviceTensor Forward(LayerContext context, DeviceTensor x) => OnForward(context, x)!;

    public override DeviceTensor? BackwardInput(LayerContext context, DeviceTensor dy) => OnBackward(context, dy);

    public override DeviceTensor? RForward(LayerContext context, DeviceTensor x, DeviceTensor? rx) => OnForwardTangent(context, rx);

    public override DeviceTensor? RBackwardInput(LayerContext context, DeviceTensor dy, DeviceTensor rdy) => OnBackwardTangent(context, rdy);
}
