using PipelineBackprop.Diagnostics;
using PipelineBackprop.Planning;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Timelines;

/// <summary>A recorded step beside what its plan predicted. Immutable.</summary>
/// <param name="Plan">The prediction, for the same stages, micro-batches and schedule.</param>
/// <param name="Measured">The step.</param>
public sealed record StepComparison(PipelinePlan Plan, StepTimeline Measured)
{
    /// <summary>Number of stages.</summary>
    public int StageCount => Measured.Stages.Count;

    /// <summary>What was predicted of a stage.</summary>
    public StageSeconds PredictedOf(int stage)
    {
        StagePlan plan = Plan.Stages[stage];
        IReadOnlyList<TimelineEvent> events = PredictedEvents(stage);
        double forward = Of(TimelineEventKind.Forward), inputGradient = Of(TimelineEventKind.InputGradient), weightGradient = Of(TimelineEventKind.WeightGradient);
        return new StageSeconds(
            forward, inputGradient, weightGradient, Plan.Timeline.BarrierTime - forward - inputGradient - weightGradient,
            Plan.MicroBatches * (plan.ForwardTransfer + plan.GradientTransfer), plan.Update);

        double Of(TimelineEventKind kind) => events.Where(one => one.Kind == kind).Sum(one => one.Seconds);
    }

    /// <summary>What was measured of a stage.</summary>
    public StageSeconds MeasuredOf(int stage)
    {
        double forward = Of(TimelineEventKind.Forward), inputGradient = Of(TimelineEventKind.InputGradient), weightGradient = Of(TimelineEventKind.WeightGradient);
        return new StageSeconds(
            forward, inputGradient, weightGradient, Measured.BarrierTime - forward - inputGradient - weightGradient, Of(TimelineEventKind.Transfer), Of(TimelineEventKind.Update));

        double Of(TimelineEventKind kind) => Measured.SecondsOf(stage, kind);
    }

    /// <summary>The predicted actions of a stage and its update, put where the measured pass began.</summary>
    public IReadOnlyList<TimelineEvent> PredictedEvents(int stage)
    {
        double zero = Measured.PassStart, end = zero + Plan.Timeline.BarrierTime;
        return
        [
            .. Plan.Timeline.OfDevice(Plan.Timeline.Schedule.DeviceOf(stage)).Where(timed => timed.Action.Stage == stage)
                .Select(timed => new TimelineEvent(KindOf(timed.Action.Kind), timed.Action.MicroBatch, zero + timed.Start, zero + timed.End)),
            new TimelineEvent(TimelineEventKind.Update, -1, end, end + Plan.Stages[stage].Update),
        ];
    }

    private static TimelineEventKind KindOf(ActionKind action) => action switch
    {
        ActionKind.Forward => TimelineEventKind.Forward,
        ActionKind.InputGradient => TimelineEventKind.InputGradient,
        _ => TimelineEventKind.WeightGradient,
    };
}
