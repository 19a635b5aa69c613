using System.Collections.Immutable;

namespace PipelineBackprop.Schedules;

/// <summary>
/// What a schedule takes under given times: when each action starts and ends, the bubble by both definitions in use, and the peak
/// of the stash. All times in the unit of the <see cref="ScheduleTimes"/>. Immutable.
/// </summary>
public sealed class ScheduleTimeline
{
    private readonly ImmutableArray<TimedAction> _byIndex;

    internal ScheduleTimeline(PipelineSchedule schedule, TimedAction[] byIndex)
    {
        Schedule = schedule;
        _byIndex = [.. byIndex];
        ILookup<int, TimedAction> byDevice = byIndex.ToLookup(timed => timed.Device);
        BarrierTime = byIndex.Max(timed => timed.End) - byIndex.Min(timed => timed.Start);
        SpanTime = byDevice.Max(device => device.Max(timed => timed.End) - device.Min(timed => timed.Start));
        IdealTime = byDevice.Max(device => device.Sum(timed => timed.End - timed.Start));
        PeakStashUntilInputGradient = StashBounds.PeakStash(schedule, ActionKind.InputGradient);
        PeakStashUntilWeightGradient = StashBounds.PeakStash(schedule, ActionKind.WeightGradient);
    }

    /// <summary>The schedule that was timed.</summary>
    public PipelineSchedule Schedule { get; }

    /// <summary>T barrier: from the first start to the last end over all devices.</summary>
    public double BarrierTime { get; }

    /// <summary>T span: the longest span of one device, from its first start to its last end.</summary>
    public double SpanTime { get; }

    /// <summary>What the busiest device works: m(F+B+W) when all are equal.</summary>
    public double IdealTime { get; }

    /// <summary>The bubble by the barrier definition, (T − ideal) / T with T the barrier time; 0 to 1.</summary>
    public double BarrierBubble => Bubble(BarrierTime);

    /// <summary>The bubble by the span definition, (T − ideal) / T with T the span time; 0 to 1.</summary>
    public double SpanBubble => Bubble(SpanTime);

    /// <summary>For each stage the most micro-batches held at once from the start of F until the end of B.</summary>
    public IReadOnlyList<int> PeakStashUntilInputGradient { get; }

    /// <summary>For each stage the most micro-batches held at once from the start of F until the end of W.</summary>
    public IReadOnlyList<int> PeakStashUntilWeightGradient { get; }

    /// <summary>When an action of the schedule starts and ends.</summary>
    /// <exception cref="ArgumentException">The schedule has no such action.</exception>
    public TimedAction Of(PipelineAction action) => ScheduleValidator.IsInRange(Schedule, action)
        ? _byIndex[ActionGraph.IndexOf(Schedule, action)]
        : throw new ArgumentException($"schedule {Schedule} has no action {action}", nameof(action));

    /// <summary>The actions of a device with their times, in order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such device.</exception>
    public IEnumerable<TimedAction> OfDevice(int device) => Schedule.ActionsOf(device).Select(Of);

    private double Bubble(double time) => time == 0 ? 0 : (time - IdealTime) / time;
}
