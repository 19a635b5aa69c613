using PipelineBackprop.Layers;
using PipelineBackprop.Testing.Layers;

namespace PipelineBackprop.Tests.Layers;

public sealed class ActivationLayerTests : LayerTests
{
    protected override IReadOnlyList<Layer> Layers => [.. ActivationNames.All.Select(name => new ActivationLayer(13, ActivationNames.Parse(name)))];
}
