namespace PipelineBackprop.Layers;

/// <summary>Checks that layers make a network.</summary>
internal static class LayerChain
{
    /// <exception cref="InvalidInputException">There is none, one cannot be used, or one is not as wide as the one before gives.</exception>
    public static void Validate(IReadOnlyList<Layer> layers)
    {
        if (layers.Count == 0) throw new InvalidInputException("a model needs at least one layer, got none.");
        for (int i = 0; i < layers.Count; i++)
        {
            if (layers[i] is not { } layer) throw Fault($"layer {i} must not be null.");
            if (layer.Inputs < 1) throw Fault($"layer {i} ({layer}) must have at least 1 input, got {layer.Inputs}.");
            if (layer.Outputs < 1) throw Fault($"layer {i} ({layer}) must have at least 1 output, got {layer.Outputs}.");
            ValidateParameters(layer, i);
            if (i > 0 && layer.Inputs != layers[i - 1].Outputs)
                throw Fault($"layer {i} ({layer}) expects {layer.Inputs} inputs, got {layers[i - 1].Outputs} from layer {i - 1} ({layers[i - 1]}).");
        }
    }

    private static void ValidateParameters(Layer layer, int index)
    {
        if (layer.Parameters is not { } parameters) throw Fault($"layer {index} ({layer}) gives null for its parameters; a layer without any gives an empty list.");
        var names = new HashSet<string>();
        for (int i = 0; i < parameters.Count; i++)
        {
            if (parameters[i] is not { Name.Length: > 0, Initializer: not null } parameter)
                throw Fault($"parameter {i} of layer {index} ({layer}) is null or lacks a name or an initializer, and needs both.");
            if (!names.Add(parameter.Name)) throw Fault($"layer {index} ({layer}) has two parameters named {parameter.Name}; each needs a name of its own.");
        }
    }

    private static InvalidInputException Fault(FormattableString sentence) => new(FormattableString.Invariant(sentence));
}
