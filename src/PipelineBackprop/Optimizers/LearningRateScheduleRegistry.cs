using PipelineBackprop.Naming;

namespace PipelineBackprop.Optimizers;

/// <summary>The learning-rate schedules that a run file can name. A new schedule adds its line here. Thread-safe.</summary>
public static class LearningRateScheduleRegistry
{
    /// <summary>All kinds, in the order they are listed.</summary>
    public static IReadOnlyList<LearningRateScheduleKind> Kinds { get; } =
    [
        ConstantSchedule.Registration,
        StepSchedule.Registration,
        CosineSchedule.Registration,
        LinearSchedule.Registration,
        OneCycleSchedule.Registration,
    ];

    private static readonly NamedChoices<LearningRateScheduleKind> s_byName =
        new("learning-rate schedule", [.. Kinds.Select(kind => (kind.Name, kind))]);

    /// <summary>Makes a schedule from its name.</summary>
    /// <param name="kind">The name of one of <see cref="Kinds"/>; letter case counts.</param>
    /// <param name="settings">Its settings; default none.</param>
    /// <exception cref="InvalidInputException">There is no such schedule, or the settings do not fit it.</exception>
    public static LearningRateSchedule Create(string kind, LearningRateScheduleSettings? settings = null) =>
        s_byName.Find(kind).Create(settings ?? LearningRateScheduleSettings.None);
}
