using PipelineBackprop.Naming;

namespace PipelineBackprop.Optimizers;

/// <summary>The optimizers that a run file can name. A new optimizer adds its line here. Thread-safe.</summary>
public static class OptimizerRegistry
{
    /// <summary>All kinds, in the order they are listed.</summary>
    public static IReadOnlyList<OptimizerKind> Kinds { get; } =
    [
        SgdOptimizer.Registration,
        AdamOptimizer.AdamRegistration,
        AdamOptimizer.AdamWRegistration,
    ];

    private static readonly NamedChoices<OptimizerKind> s_byName = new("optimizer", [.. Kinds.Select(kind => (kind.Name, kind))]);

    /// <summary>Makes an optimizer from its name.</summary>
    /// <param name="kind">The name of one of <see cref="Kinds"/>; letter case counts.</param>
    /// <param name="settings">Its settings; default none.</param>
    /// <exception cref="InvalidInputException">There is no such optimizer, or the settings do not fit it.</exception>
    public static Optimizer Create(string kind, OptimizerSettings? settings = null) =>
        s_byName.Find(kind).Create(settings ?? OptimizerSettings.None);
}
