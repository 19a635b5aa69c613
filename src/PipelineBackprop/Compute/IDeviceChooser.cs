namespace PipelineBackprop.Compute;

/// <summary>A pin that stands for no device of its own, such as <c>auto</c>: the pipeline asks it for the devices before it opens any.</summary>
public interface IDeviceChooser : IDevice
{
    /// <summary>The devices it chooses among; with more than one, each is asked how long it takes before <see cref="Choose"/>.</summary>
    IReadOnlyList<IDevice> Candidates { get; }

    /// <summary>The device of every stage, in stage order.</summary>
    /// <param name="stages">What each stage asks for.</param>
    /// <param name="seconds">What each candidate takes for each stage, candidates first; null where it was not measured and the stages' costs count.</param>
    IReadOnlyList<IDevice> Choose(IReadOnlyList<StageDemand> stages, IReadOnlyList<IReadOnlyList<double>>? seconds = null);
}
