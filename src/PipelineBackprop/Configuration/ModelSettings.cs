namespace PipelineBackprop.Configuration;

/// <summary>The network: a chain of layers and the loss on its last output. Immutable.</summary>
public sealed record ModelSettings
{
    /// <summary>The layers from input to output, at least one; the width of the first input comes from the data.</summary>
    public required IReadOnlyList<LayerSettings> Layers { get; init; }

    /// <summary>The loss; its name alone is enough where its other settings keep their defaults.</summary>
    public required LossSettings Loss { get; init; }
}
