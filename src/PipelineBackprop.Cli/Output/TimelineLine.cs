using PipelineBackprop.Cli.Pictures;
using PipelineBackprop.Timelines;

namespace PipelineBackprop.Cli.Output;

/// <summary>A step beside its prediction, as one JSON object; seconds, and parts from 0 to 1.</summary>
internal static class TimelineLine
{
    public static object Of(StepComparison comparison, TimelineFiles files) => new
    {
        @event = "timeline",
        step = comparison.Measured.Step,
        stagesHelp = comparison.StagesHelp,
        predicted = new
        {
            stepSeconds = comparison.Plan.StepSeconds,
            barrierSeconds = comparison.PredictedBarrierTime,
            spanSeconds = comparison.PredictedSpanTime,
            barrierBubble = comparison.PredictedBarrierBubble,
            spanBubble = comparison.PredictedSpanBubble,
            stages = Enumerable.Range(0, comparison.StageCount).Select(comparison.PredictedOf),
        },
        measured = new
        {
            stepSeconds = comparison.Measured.Seconds,
            barrierSeconds = comparison.Measured.BarrierTime,
            spanSeconds = comparison.Measured.SpanTime,
            barrierBubble = comparison.Measured.BarrierBubble,
            spanBubble = comparison.Measured.SpanBubble,
            stages = Enumerable.Range(0, comparison.StageCount).Select(comparison.MeasuredOf),
        },
        svg = files.Svg,
        trace = files.Trace,
    };
}
