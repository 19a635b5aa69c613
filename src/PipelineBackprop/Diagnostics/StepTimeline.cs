namespace PipelineBackprop.Diagnostics;

/// <summary>
/// What every stage did in one training step, as measured. On a device that works behind the back of its thread, such as a GPU, an action's time is that
/// of handing it over, and what is still to be computed shows where the thread first waits for the device. Immutable.
/// </summary>
/// <param name="Step">Number of the step, from 1.</param>
/// <param name="Seconds">From the call to the last stage's update.</param>
/// <param name="Stages">By stage: its events in order of their start, outer ones before those within.</param>
public sealed record StepTimeline(long Step, double Seconds, IReadOnlyList<IReadOnlyList<TimelineEvent>> Stages)
{
    /// <summary>The device of each stage, counted from 0; stages of one device take turns. Default: a device each.</summary>
    public IReadOnlyList<int> DeviceOfStage { get; init; } = [.. Enumerable.Range(0, Stages.Count)];

    /// <summary>When the first action of any stage began.</summary>
    public double PassStart => Actions(Stages).Min(action => action.Start);

    /// <summary>T barrier: from the first action's start to the last one's end over all stages.</summary>
    public double BarrierTime => Actions(Stages).Max(action => action.End) - PassStart;

    /// <summary>T span: the longest stretch from a device's first action to its last.</summary>
    public double SpanTime => Devices.Max(device => Actions(device).Max(action => action.End) - Actions(device).Min(action => action.Start));

    /// <summary>The actions of the busiest device together.</summary>
    public double IdealTime => Devices.Max(device => Actions(device).Sum(action => action.Seconds));

    /// <summary>The bubble by the barrier definition, (T − ideal) / T with T the barrier time; 0 to 1.</summary>
    public double BarrierBubble => Bubble(BarrierTime);

    /// <summary>The bubble by the span definition, (T − ideal) / T with T the span time; 0 to 1.</summary>
    public double SpanBubble => Bubble(SpanTime);

    private IEnumerable<IEnumerable<IReadOnlyList<TimelineEvent>>> Devices => Stages.Zip(DeviceOfStage).GroupBy(pair => pair.Second, pair => pair.First);

    /// <summary>A stage's time in stretches of one kind, in seconds.</summary>
    public double SecondsOf(int stage, TimelineEventKind kind) => Stages[stage].Where(one => one.Kind == kind).Sum(one => one.Seconds);

    private double Bubble(double time) => time <= 0 ? 0 : (time - IdealTime) / time;

    private static IEnumerable<TimelineEvent> Actions(IEnumerable<IReadOnlyList<TimelineEvent>> stages) =>
        stages.SelectMany(events => events.Where(one => one.IsAction));
}
