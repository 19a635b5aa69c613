using System.Collections.Immutable;

namespace PipelineBackprop.Schedules;

/// <summary>
/// What a schedule takes under given times: when each action starts and ends, the bubble by both definitions in use, and the peaks
/// of stash and memory. All times in the unit of the <see cref="ScheduleTimes"/>. Immutable.
/// </summary>
public sealed class ScheduleTimeline
{
    private readonly ImmutableArray<TimedAction> _byIndex;

    internal ScheduleTimeline(PipelineSchedule schedule, TimedAction[] byIndex, double[] peakMemory)
    {
        Schedule = schedule;
        _byIndex = [.. byIndex];
        ILookup<int, TimedAction> byDevice = byIndex.ToLookup(timed => timed.Device);
        BarrierTime = byIndex.Max(timed => timed.End) - byIndex.Min(timed => timed.Start);
        SpanTime = byDevice.Max(device => device.Max(timed => timed.End) - device.Min(timed => timed.Start));
        IdealTime = byDevice.Max(device => device.Sum(timed => timed.End - timed.Start));
        PeakMemory = [.. peakMemory];
        SteadyTime = schedule.MinibatchCount > 2 ? TimeOfSecondMinibatch() : null;
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

    /// <summary>For an asynchronous schedule of at least three minibatches, the longest time of a device from its first update to
    /// its second: what a minibatch takes once the pipeline is full, or close to it where stages or transfers differ a lot. Otherwise null.</summary>
    public double? SteadyTime { get; }

    /// <summary>The bubble once the pipeline is full, (T − ideal of one minibatch) / T with T the steady time; 0 to 1, null with that.</summary>
    public double? SteadyBubble => SteadyTime is { } time ? Bubble(time, IdealTime / Schedule.MinibatchCount) : null;

    /// <summary>For each device the most it holds at once, in the unit of the <see cref="ScheduleMemory"/>: by default M, the
    /// activations of one micro-batch on all stages of a device, until B.</summary>
    public IReadOnlyList<double> PeakMemory { get; }

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

    private double TimeOfSecondMinibatch()
    {
        int microBatches = Schedule.MicroBatchCount / Schedule.MinibatchCount;
        return Enumerable.Range(0, Schedule.StageCount).Max(stage => LastOf(stage, 2 * microBatches) - LastOf(stage, microBatches));

        double LastOf(int stage, int count) => Of(new PipelineAction(stage, ActionKind.WeightGradient, count - 1)).End;
    }

    private double Bubble(double time) => Bubble(time, IdealTime);

    // Sums of the same times in another order come out a little apart.
    private static double Bubble(double time, double ideal) => time == 0 ? 0 : Math.Max(0, (time - ideal) / time);
}
