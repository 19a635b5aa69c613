using PipelineBackprop.Naming;

namespace PipelineBackprop.Optimizers;

/// <summary>One optimizer that a run file can name. Each optimizer's file holds its own; <see cref="OptimizerRegistry"/> lists them. Immutable.</summary>
public sealed class OptimizerKind : KindDescription
{
    private readonly Func<OptimizerSettings, Optimizer> _create;

    /// <summary>Describes a kind.</summary>
    /// <param name="name">The name in a run file.</param>
    /// <param name="summary">What it does, in one sentence.</param>
    /// <param name="settings">The settings it understands.</param>
    /// <param name="create">Makes the optimizer; may assume that only its own settings are given.</param>
    public OptimizerKind(string name, string summary, IReadOnlyList<SettingDescription> settings, Func<OptimizerSettings, Optimizer> create)
        : base(name, summary, settings) => _create = create;

    /// <summary>Makes an optimizer.</summary>
    /// <exception cref="InvalidInputException">A setting does not belong to the kind or has an impossible value.</exception>
    public Optimizer Create(OptimizerSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        CheckSettings("optimizer", settings.Given());
        return _create(settings);
    }
}
