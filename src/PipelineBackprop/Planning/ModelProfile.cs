namespace PipelineBackprop.Planning;

/// <summary>The profiles of all layers of a model on one device, for micro-batches of one size. Immutable.</summary>
/// <param name="Device">The name of the device.</param>
/// <param name="Rows">Examples of the micro-batch.</param>
/// <param name="Layers">One profile a layer, in order.</param>
public sealed record ModelProfile(string Device, int Rows, IReadOnlyList<LayerProfile> Layers)
{
    /// <summary>What the engine takes beside the layers; default nothing.</summary>
    public EngineProfile Engine { get; init; } = EngineProfile.None;
}
