using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Graph;

/// <summary>What a computational graph is drawn of. Immutable.</summary>
public sealed record GraphModel
{
    /// <summary>The layers in order, at least one, each as wide as the one before gives.</summary>
    public required IReadOnlyList<Layer> Layers { get; init; }

    /// <summary>The loss.</summary>
    public required Loss Loss { get; init; }

    /// <summary>Weight decay, as the optimizer takes it; only coupled decay is part of J. Default none.</summary>
    public WeightDecay WeightDecay { get; init; } = WeightDecay.None;

    /// <summary>Examples of a micro-batch, at least 1; default 1.</summary>
    public int Rows { get; init; } = 1;

    /// <summary>Index of each stage's first layer, beginning with 0; default one stage.</summary>
    public IReadOnlyList<int> Boundaries { get; init; } = [0];

    /// <summary>The device of all stages or of each; default none is named.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    /// <summary>The number format; default float32.</summary>
    public ElementType ElementType { get; init; } = ElementType.Float32;

    /// <summary>The most layers that are drawn one by one; more become a summary. At least 0, default 20.</summary>
    public int MostLayers { get; init; } = 20;

    /// <summary>Whether the backward pass is drawn; default false.</summary>
    public bool Backward { get; init; }
}
