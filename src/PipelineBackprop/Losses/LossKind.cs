using PipelineBackprop.Naming;

namespace PipelineBackprop.Losses;

/// <summary>One loss that a run file can name. Each loss's file holds its own; <see cref="LossRegistry"/> lists them. Immutable.</summary>
public sealed class LossKind : KindDescription
{
    private readonly Func<LossSettings, Loss> _create;

    /// <summary>Describes a kind.</summary>
    /// <param name="name">The name in a run file.</param>
    /// <param name="summary">What it measures, in one sentence.</param>
    /// <param name="settings">The settings it understands.</param>
    /// <param name="create">Makes the loss; may assume that only its own settings are given.</param>
    public LossKind(string name, string summary, IReadOnlyList<SettingDescription> settings, Func<LossSettings, Loss> create)
        : base(name, summary, settings) => _create = create;

    /// <summary>Makes a loss.</summary>
    /// <exception cref="InvalidInputException">A setting does not belong to the kind or has an impossible value.</exception>
    public Loss Create(LossSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        CheckSettings("loss", settings.Given());
        return _create(settings);
    }
}
