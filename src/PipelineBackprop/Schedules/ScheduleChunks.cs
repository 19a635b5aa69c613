namespace PipelineBackprop.Schedules;

/// <summary>How many chunks a device a schedule can be written for.</summary>
/// <param name="Least">The fewest, at least 1.</param>
/// <param name="Most">The most.</param>
/// <param name="Default">What is taken when nothing is said.</param>
public readonly record struct ScheduleChunks(int Least, int Most, int Default)
{
    /// <summary>Each device owns one stage.</summary>
    public static ScheduleChunks One { get; } = new(1, 1, 1);

    /// <summary>Each device owns two stages.</summary>
    public static ScheduleChunks Two { get; } = new(2, 2, 2);

    /// <summary>Each device owns any number of stages, two when nothing is said.</summary>
    public static ScheduleChunks Any { get; } = new(1, int.MaxValue, 2);

    /// <summary>Whether a schedule can be written for that many.</summary>
    public bool Contains(int chunks) => chunks >= Least && chunks <= Most;

    /// <summary>In words, for example <c>2</c> or <c>1 or more</c>.</summary>
    public override string ToString() => Least == Most ? $"{Least}" : $"{Least} or more";
}
