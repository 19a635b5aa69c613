using PipelineBackprop.Naming;

namespace PipelineBackprop.Layers;

/// <summary>One kind of layer that a run file can name. Each layer's file holds its own; <see cref="LayerRegistry"/> lists them. Immutable.</summary>
public sealed class LayerKind : KindDescription
{
    private readonly Func<int, LayerSettings, Layer> _create;

    /// <summary>Describes a kind.</summary>
    /// <param name="name">The name in a run file.</param>
    /// <param name="summary">What it does, in one sentence.</param>
    /// <param name="settings">The settings it understands.</param>
    /// <param name="create">Makes the layer for a width of its input; may assume that only its own settings are given and the required ones are.</param>
    public LayerKind(string name, string summary, IReadOnlyList<SettingDescription> settings, Func<int, LayerSettings, Layer> create)
        : base(name, summary, settings) => _create = create;

    /// <summary>Makes a layer.</summary>
    /// <param name="inputs">Width of an input row, at least 1.</param>
    /// <param name="settings">Its settings.</param>
    /// <exception cref="InvalidInputException">A setting does not belong to the kind, is missing or has an impossible value.</exception>
    public Layer Create(int inputs, LayerSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        ArgumentNullException.ThrowIfNull(settings);
        CheckSettings("layer", settings.Given());
        return _create(inputs, settings);
    }
}
