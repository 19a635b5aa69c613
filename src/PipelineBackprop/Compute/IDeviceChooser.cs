namespace PipelineBackprop.Compute;

/// <summary>A pin that stands for no device of its own, such as <c>auto</c>: the pipeline asks it for the devices before it opens any.</summary>
public interface IDeviceChooser : IDevice
{
    /// <summary>The device of every stage, in stage order; the same answer for the same loads on the same machine.</summary>
    IReadOnlyList<IDevice> Choose(IReadOnlyList<StageDemand> stages);
}
