namespace PipelineBackprop.Layers;

/// <summary>Checks that layers make a network.</summary>
internal static class LayerChain
{
    /// <exception cref="InvalidInputException">There is none, or one is not as wide as the one before gives.</exception>
    public static void Validate(IReadOnlyList<Layer> layers)
    {
        if (layers.Count == 0) throw new InvalidInputException("a model needs at least one layer, got none.");
        for (int i = 1; i < layers.Count; i++)
        {
            if (layers[i].Inputs != layers[i - 1].Outputs)
                throw new InvalidInputException(FormattableString.Invariant(
                    $"layer {i} ({layers[i]}) expects {layers[i].Inputs} inputs, got {layers[i - 1].Outputs} from layer {i - 1} ({layers[i - 1]})."));
        }
    }
}
