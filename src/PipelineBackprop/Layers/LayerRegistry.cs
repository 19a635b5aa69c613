using PipelineBackprop.Naming;

namespace PipelineBackprop.Layers;

/// <summary>The kinds of layer that a run file can name. A new layer adds its line here. Thread-safe.</summary>
public static class LayerRegistry
{
    /// <summary>All kinds, in the order they are listed.</summary>
    public static IReadOnlyList<LayerKind> Kinds { get; } =
    [
        DenseLayer.Registration,
        ActivationLayer.Registration,
        DropoutLayer.Registration,
        LayerNormalizationLayer.Registration,
    ];

    private static readonly NamedChoices<LayerKind> s_byName = new("layer kind", [.. Kinds.Select(kind => (kind.Name, kind))]);

    /// <summary>Makes a layer from its kind's name.</summary>
    /// <param name="kind">The name of one of <see cref="Kinds"/>; letter case counts.</param>
    /// <param name="inputs">Width of an input row, at least 1.</param>
    /// <param name="settings">Its settings.</param>
    /// <exception cref="InvalidInputException">There is no such kind, or the settings do not fit it.</exception>
    public static Layer Create(string kind, int inputs, LayerSettings settings)
    {
        if (ActivationNames.All.Contains(kind))
            throw new InvalidInputException($"There is no layer kind \"{kind}\"; the kind is \"activation\" with the setting \"activation\": \"{kind}\".");
        return s_byName.Find(kind).Create(inputs, settings);
    }
}
