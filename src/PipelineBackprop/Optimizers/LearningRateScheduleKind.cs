using PipelineBackprop.Naming;

namespace PipelineBackprop.Optimizers;

/// <summary>
/// One learning-rate schedule that a run file can name. Each schedule's file holds its own; <see cref="LearningRateScheduleRegistry"/> lists them. Immutable.
/// </summary>
public sealed class LearningRateScheduleKind : KindDescription
{
    private readonly Func<LearningRateScheduleSettings, LearningRateSchedule> _create;

    /// <summary>Describes a kind.</summary>
    /// <param name="name">The name in a run file.</param>
    /// <param name="summary">What it does, in one sentence.</param>
    /// <param name="settings">The settings it understands.</param>
    /// <param name="create">Makes the schedule; may assume that only its own settings are given and the required ones are.</param>
    public LearningRateScheduleKind(
        string name, string summary, IReadOnlyList<SettingDescription> settings, Func<LearningRateScheduleSettings, LearningRateSchedule> create)
        : base(name, summary, settings) => _create = create;

    /// <summary>The setting that every schedule has.</summary>
    internal static SettingDescription Warmup { get; } =
        new("warmupSteps", SettingType.Integer, "Steps of linear rise before the schedule proper, at least 0; default 0.");

    /// <summary>The setting of schedules that fall to a floor.</summary>
    internal static SettingDescription FloorSetting { get; } =
        new("floor", SettingType.Number, "Share of the learning rate at the end, from 0 to 1; default 0.");

    /// <summary>Makes a schedule.</summary>
    /// <exception cref="InvalidInputException">A setting does not belong to the kind, is missing or has an impossible value.</exception>
    public LearningRateSchedule Create(LearningRateScheduleSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        CheckSettings("learning-rate schedule", settings.Given());
        return _create(settings);
    }

    /// <summary>The checked warm-up.</summary>
    internal static int WarmupOf(LearningRateScheduleSettings settings) => SettingCheck.AtLeast("warmupSteps", settings.WarmupSteps ?? 0, 0);
}
