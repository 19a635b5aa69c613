using PipelineBackprop.Diagnostics;
using PipelineBackprop.Planning;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Timelines;

/// <summary>
/// A recorded step beside what its plan predicted. Where minibatches overlap, what is predicted is one of those in the middle, with the actions of its neighbours
/// between its own. Immutable.
/// </summary>
/// <param name="Plan">The prediction, for the same stages, micro-batches and schedule.</param>
/// <param name="Measured">The step.</param>
public sealed record StepComparison(PipelinePlan Plan, StepTimeline Measured)
{
    private readonly TimedAction[] _predicted = OneMinibatch(Plan.Timeline);

    /// <summary>Whether stages that waited helped the others, which the plan leaves out; default false.</summary>
    public bool StagesHelp { get; init; }

    /// <summary>From the minibatch's first predicted start to its last end over all devices, in seconds.</summary>
    public double PredictedBarrierTime => Span(_predicted);

    /// <summary>The longest predicted span of one device.</summary>
    public double PredictedSpanTime => ByDevice(Span);

    /// <summary>The predicted bubble by the barrier definition, 0 to 1.</summary>
    public double PredictedBarrierBubble => Bubble(PredictedBarrierTime);

    /// <summary>The predicted bubble by the span definition, 0 to 1.</summary>
    public double PredictedSpanBubble => Bubble(PredictedSpanTime);

    /// <summary>Number of stages.</summary>
    public int StageCount => Measured.Stages.Count;

    /// <summary>What was predicted of a stage.</summary>
    public StageSeconds PredictedOf(int stage)
    {
        StagePlan plan = Plan.Stages[stage];
        IReadOnlyList<TimelineEvent> events = PredictedEvents(stage);
        double forward = Of(TimelineEventKind.Forward), inputGradient = Of(TimelineEventKind.InputGradient), weightGradient = Of(TimelineEventKind.WeightGradient);
        return new StageSeconds(
            forward, inputGradient, weightGradient, Math.Max(0, PredictedBarrierTime - forward - inputGradient - weightGradient), Help: 0,
            Plan.MicroBatches * (plan.ForwardTransfer + plan.GradientTransfer), plan.Update);

        double Of(TimelineEventKind kind) => events.Where(one => one.Kind == kind).Sum(one => one.Seconds);
    }

    /// <summary>What was measured of a stage.</summary>
    public StageSeconds MeasuredOf(int stage)
    {
        double forward = Of(TimelineEventKind.Forward), inputGradient = Of(TimelineEventKind.InputGradient), weightGradient = Of(TimelineEventKind.WeightGradient);
        double start = Measured.PassStart, end = start + Measured.BarrierTime;
        // Others' updates are helped with, too, behind the pass, where nothing is counted as a wait.
        double help = Measured.Stages[stage].Where(one => one.Kind == TimelineEventKind.Help).Sum(one => Math.Max(0, Math.Min(one.End, end) - Math.Max(one.Start, start)));
        return new StageSeconds(
            forward, inputGradient, weightGradient, end - start - forward - inputGradient - weightGradient, help, Of(TimelineEventKind.Transfer), Of(TimelineEventKind.Update));

        double Of(TimelineEventKind kind) => Measured.SecondsOf(stage, kind);
    }

    /// <summary>The predicted actions of a stage and its update, put where the measured pass began.</summary>
    public IReadOnlyList<TimelineEvent> PredictedEvents(int stage)
    {
        double zero = Measured.PassStart, end = zero + PredictedBarrierTime;
        return
        [
            .. _predicted.Where(timed => timed.Action.Stage == stage)
                .Select(timed => new TimelineEvent(KindOf(timed.Action.Kind), timed.Action.MicroBatch, zero + timed.Start, zero + timed.End)),
            new TimelineEvent(TimelineEventKind.Update, -1, end, end + Plan.Stages[stage].Update),
        ];
    }

    private static TimedAction[] OneMinibatch(ScheduleTimeline timeline)
    {
        PipelineSchedule schedule = timeline.Schedule;
        int microBatches = schedule.MicroBatchCount / schedule.MinibatchCount, first = schedule.MinibatchCount / 2 * microBatches;
        TimedAction[] actions =
        [
            .. Enumerable.Range(0, schedule.DeviceCount).SelectMany(timeline.OfDevice)
                .Where(timed => timed.Action.MicroBatch >= first && timed.Action.MicroBatch < first + microBatches),
        ];
        double start = actions.Min(timed => timed.Start);
        return
        [
            .. actions.Select(timed => timed with
            {
                Action = timed.Action with { MicroBatch = timed.Action.MicroBatch - first },
                Start = timed.Start - start,
                End = timed.End - start,
            }),
        ];
    }

    private double ByDevice(Func<IEnumerable<TimedAction>, double> figure) => _predicted.GroupBy(timed => timed.Device).Max(figure);

    private double Bubble(double time)
    {
        double ideal = ByDevice(actions => actions.Sum(timed => timed.End - timed.Start));
        return time <= 0 ? 0 : Math.Max(0, (time - ideal) / time);
    }

    private static double Span(IEnumerable<TimedAction> actions) => actions.Max(timed => timed.End) - actions.Min(timed => timed.Start);

    private static TimelineEventKind KindOf(ActionKind action) => action switch
    {
        ActionKind.Forward => TimelineEventKind.Forward,
        ActionKind.InputGradient => TimelineEventKind.InputGradient,
        _ => TimelineEventKind.WeightGradient,
    };
}
