namespace PipelineBackprop.Optimizers;

/// <summary>All settings that any optimizer understands, as a run file gives them; null is "not given".</summary>
public sealed record OptimizerSettings
{
    /// <summary>No settings at all.</summary>
    public static OptimizerSettings None { get; } = new();

    /// <summary>η, positive.</summary>
    public double? LearningRate { get; init; }

    /// <summary>μ in [0, 1).</summary>
    public double? Momentum { get; init; }

    /// <summary>Whether momentum looks ahead.</summary>
    public bool? Nesterov { get; init; }

    /// <summary>β₁ in [0, 1).</summary>
    public double? Beta1 { get; init; }

    /// <summary>β₂ in [0, 1).</summary>
    public double? Beta2 { get; init; }

    /// <summary>ε, positive.</summary>
    public double? Epsilon { get; init; }

    /// <summary>Every setting's name in a run file, and whether it is given.</summary>
    internal IEnumerable<(string Name, bool IsGiven)> Given() =>
    [
        ("learningRate", LearningRate is not null),
        ("momentum", Momentum is not null),
        ("nesterov", Nesterov is not null),
        ("beta1", Beta1 is not null),
        ("beta2", Beta2 is not null),
        ("epsilon", Epsilon is not null),
    ];
}
