using System.Diagnostics;
using PipelineBackprop.Layers;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Training;

/// <summary>y = x after a pause in which the thread stays busy: what the engine takes shows around it.</summary>
internal sealed class PauseLayer(TimeSpan pause) : Layer
{
    public override string Kind => "pause";

    public override int Inputs => 1;

    public override int Outputs => 1;

    public override DeviceTensor Forward(LayerContext context, DeviceTensor x) => Pass(x);

    public override DeviceTensor BackwardInput(LayerContext context, DeviceTensor dy) => Pass(dy);

    public override DeviceTensor? RForward(LayerContext context, DeviceTensor x, DeviceTensor? rx) => rx?.Retain();

    public override DeviceTensor RBackwardInput(LayerContext context, DeviceTensor dy, DeviceTensor rdy) => rdy.Retain();

    private DeviceTensor Pass(DeviceTensor tensor)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < pause) Thread.SpinWait(8);
        return tensor.Retain();
    }
}
