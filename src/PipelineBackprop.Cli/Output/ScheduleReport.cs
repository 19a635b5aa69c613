using System.Text.Json;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Cli.Output;

/// <summary>A schedule under given times: both ways to send B on, and the peaks of the stash in M, a micro-batch on all of a device.</summary>
/// <param name="Timeline">With B sent on at once, as the engine does; memory held until B.</param>
/// <param name="Fused">With B sent on only after W; null where the schedule waits for ever that way.</param>
/// <param name="PeakUntilWeightGradient">For each device, in M.</param>
internal sealed record ScheduleReport(ScheduleTimeline Timeline, ScheduleTimeline? Fused, double[] PeakUntilWeightGradient)
{
    public PipelineSchedule Schedule => Timeline.Schedule;

    public static ScheduleReport Of(PipelineSchedule schedule, ScheduleTimes times) => new(
        ScheduleSimulator.Run(schedule, times),
        ScheduleSimulator.CanSendAfterWeightGradient(schedule) ? ScheduleSimulator.Run(schedule, times, sendGradientAfterWeightGradient: true) : null,
        ScheduleMemory.StashUntil(schedule, ActionKind.WeightGradient).PeakOf(schedule));

    /// <summary>One JSON object on one line, the actions with their times included.</summary>
    public void WriteJson(TextWriter output) => output.WriteLine(JsonSerializer.Serialize(
        new
        {
            schedule = Schedule.Name,
            stages = Schedule.StageCount,
            devices = Schedule.DeviceCount,
            microBatches = Schedule.MicroBatchCount,
            minibatches = Schedule.MinibatchCount,
            staleness = Schedule.Staleness,
            idealTime = Timeline.IdealTime,
            sentAtOnce = Figures(Timeline),
            sentAfterW = Fused is null ? null : Figures(Fused),
            peakUntilB = Timeline.PeakMemory,
            peakUntilW = PeakUntilWeightGradient,
            actions = Enumerable.Range(0, Schedule.DeviceCount).Select(device => Timeline.OfDevice(device)
                .Select(timed => new { action = timed.Action.ToString(), start = timed.Start, end = timed.End })),
        },
        JsonLines.Options));

    private static object Figures(ScheduleTimeline timeline) => new
    {
        barrierTime = timeline.BarrierTime,
        barrierBubble = timeline.BarrierBubble,
        spanTime = timeline.SpanTime,
        spanBubble = timeline.SpanBubble,
        steadyTime = timeline.SteadyTime,
        steadyBubble = timeline.SteadyBubble,
    };
}
