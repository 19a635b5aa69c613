namespace PipelineBackprop.Optimizers;

/// <summary>All settings that any learning-rate schedule understands, as a run file gives them; null is "not given".</summary>
public sealed record LearningRateScheduleSettings
{
    /// <summary>No settings at all.</summary>
    public static LearningRateScheduleSettings None { get; } = new();

    /// <summary>Steps of linear rise before the schedule proper, at least 0.</summary>
    public int? WarmupSteps { get; init; }

    /// <summary>Steps between two drops, at least 1.</summary>
    public int? Every { get; init; }

    /// <summary>What a drop multiplies by, in (0, 1].</summary>
    public double? Gamma { get; init; }

    /// <summary>The factor at the end, in [0, 1].</summary>
    public double? Floor { get; init; }

    /// <summary>Share of the steps in which the learning rate rises, in (0, 1).</summary>
    public double? Rise { get; init; }

    /// <summary>Every setting's name in a run file, and whether it is given.</summary>
    internal IEnumerable<(string Name, bool IsGiven)> Given() =>
    [
        ("warmupSteps", WarmupSteps is not null),
        ("every", Every is not null),
        ("gamma", Gamma is not null),
        ("floor", Floor is not null),
        ("rise", Rise is not null),
    ];
}
