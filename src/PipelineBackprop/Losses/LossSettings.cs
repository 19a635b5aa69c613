namespace PipelineBackprop.Losses;

/// <summary>All settings that any loss understands, as a run file gives them; null is "not given".</summary>
public sealed record LossSettings
{
    /// <summary>No settings at all.</summary>
    public static LossSettings None { get; } = new();

    /// <summary>Where Huber's quadratic part ends, positive.</summary>
    public double? Delta { get; init; }

    /// <summary>Every setting's name in a run file, and whether it is given.</summary>
    internal IEnumerable<(string Name, bool IsGiven)> Given() => [("delta", Delta is not null)];
}
