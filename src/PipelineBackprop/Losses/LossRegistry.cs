using PipelineBackprop.Naming;

namespace PipelineBackprop.Losses;

/// <summary>The losses that a run file can name. A new loss adds its line here. Thread-safe.</summary>
public static class LossRegistry
{
    /// <summary>All kinds, in the order they are listed.</summary>
    public static IReadOnlyList<LossKind> Kinds { get; } =
    [
        SoftmaxCrossEntropyLoss.Registration,
        HalfSquaredErrorLoss.Registration,
        BinaryCrossEntropyLoss.Registration,
        HuberLoss.Registration,
    ];

    private static readonly NamedChoices<LossKind> s_byName = new("loss", [.. Kinds.Select(kind => (kind.Name, kind))]);

    /// <summary>Makes a loss from its name.</summary>
    /// <param name="kind">The name of one of <see cref="Kinds"/>; letter case counts.</param>
    /// <param name="settings">Its settings; default none.</param>
    /// <exception cref="InvalidInputException">There is no such loss, or the settings do not fit it.</exception>
    public static Loss Create(string kind, LossSettings? settings = null) => s_byName.Find(kind).Create(settings ?? LossSettings.None);
}
