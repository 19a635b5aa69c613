using System.Globalization;
using System.Xml.Linq;
using PipelineBackprop.Diagnostics;
using PipelineBackprop.Planning;
using PipelineBackprop.Schedules;
using PipelineBackprop.Timelines;
using Xunit;

namespace PipelineBackprop.Tests.Timelines;

/// <summary>Two stages, one micro-batch, made-up times in whole seconds.</summary>
public sealed class StepComparisonTests
{
    private static readonly StepTimeline s_measured = new(7, 30,
    [
        [
            new(TimelineEventKind.Step, -1, 1, 29), new(TimelineEventKind.Forward, 0, 2, 6), new(TimelineEventKind.Transfer, 0, 2, 3), new(TimelineEventKind.Wait, -1, 6, 14),
            new(TimelineEventKind.Preparation, -1, 6, 8), new(TimelineEventKind.Help, -1, 9, 12),
            new(TimelineEventKind.InputGradient, 0, 14, 15), new(TimelineEventKind.WeightGradient, 0, 15, 22), new(TimelineEventKind.Update, -1, 25, 29),
        ],
        [
            new(TimelineEventKind.Step, -1, 1, 27), new(TimelineEventKind.Forward, 0, 7, 10), new(TimelineEventKind.InputGradient, 0, 10, 13),
            new(TimelineEventKind.WeightGradient, 0, 13, 15), new(TimelineEventKind.Wait, -1, 15, 25), new(TimelineEventKind.Help, -1, 20, 24),
            new(TimelineEventKind.Update, -1, 25, 27),
        ],
    ]);

    private static readonly PipelinePlan s_plan = PlanSearch.Evaluate(
        PipelineProfile.Uniform(new ModelProfile("made up", 1, [new(0, "a", 3, 1, 6, 4, 0.5, 1, 0, 1) { Upload = 1 }, new(1, "b", 2, 3, 2, 1, 0, 1, 0, 1)])), 1,
        ScheduleCatalog.Get("1f1b").Generate(2, 1), [0, 1], (_, _, _) => 0);

    [Fact]
    public void Measured_BothBubbles_ComeFromTheActionsAlone()
    {
        // T barrier from 2 to 22, T span the first stage's own, 12 of it work.
        Assert.Equal((20, 20, 12, 0.4), (s_measured.BarrierTime, s_measured.SpanTime, s_measured.IdealTime, s_measured.BarrierBubble));
        StepTimeline shifted = s_measured with { Stages = [s_measured.Stages[1], [new(TimelineEventKind.Forward, 0, 0, 3), new(TimelineEventKind.WeightGradient, 0, 3, 8)]] };
        Assert.Equal((15, 8, 8, 1 - 8.0 / 15, 0.0), (shifted.BarrierTime, shifted.SpanTime, shifted.IdealTime, shifted.BarrierBubble, shifted.SpanBubble));
    }

    [Fact]
    public void Measured_StagesOfOneDevice_CountAsOne()
    {
        StepTimeline shared = s_measured with { DeviceOfStage = [0, 0] };

        Assert.Equal((20, 20, 20, 0.0), (shared.BarrierTime, shared.SpanTime, shared.IdealTime, shared.SpanBubble));
    }

    [Fact]
    public void Of_AStage_SumsPredictedAndMeasured()
    {
        var comparison = new StepComparison(s_plan, s_measured);

        Assert.Equal(new StageSeconds(4, 1, 7, 8, 3, 1, 4), comparison.MeasuredOf(0));
        // It helps until 24, but the pass ends at 22.
        Assert.Equal(new StageSeconds(3, 3, 2, 12, 2, 0, 2), comparison.MeasuredOf(1));
        // F of stage 0 with its upload 4, of stage 1 with the transfer 2.5; B 3 and 1.5; then W 6: T barrier is 17.
        Assert.Equal(new StageSeconds(4, 1.5, 6, 5.5, 0, 1.5, 4), comparison.PredictedOf(0));
        Assert.Equal(new StageSeconds(2.5, 3, 2, 9.5, 0, 0.5, 1), comparison.PredictedOf(1));
    }

    [Fact]
    public void Picture_PreparationAndHelp_AreLowBarsWithinTheirWaits()
    {
        var svg = XElement.Parse(SvgTimelineWriter.Write(new StepComparison(s_plan, s_measured), "made up"));
        var bars = svg.Elements().Where(element => element.Name.LocalName == "rect" && element.HasElements)
            .Select(bar => (Tip: bar.Value, X: Of(bar, "x"), End: Of(bar, "x") + Of(bar, "width"), Height: Of(bar, "height"), Fill: (string)bar.Attribute("fill")!)).ToArray();
        var forward = Array.Find(bars, bar => bar.Tip.StartsWith("0F0", StringComparison.Ordinal) && bar.X > 0);
        var backward = bars.Last(bar => bar.Tip.StartsWith("0B0", StringComparison.Ordinal));
        var preparation = Assert.Single(bars, bar => bar.Tip == "weights prepared: 2.00 s");
        var help = Assert.Single(bars, bar => bar.Tip == "help: 3.00 s");

        Assert.Single(bars, bar => bar.Tip == "help: 4.00 s");
        Assert.NotEqual(preparation.Fill, help.Fill);
        Assert.All([preparation, help], bar => Assert.InRange(bar.Height, 1, forward.Height / 2));
        Assert.True(forward.X < preparation.X && preparation.End <= help.X && help.End <= backward.X, "The stage waits between F and B.");

        static double Of(XElement bar, string name) => double.Parse((string)bar.Attribute(name)!, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void PredictedEvents_BeginWithTheMeasuredPassAndEndWithTheUpdate()
    {
        IReadOnlyList<TimelineEvent> events = new StepComparison(s_plan, s_measured).PredictedEvents(1);

        Assert.Equal(
            [
                new(TimelineEventKind.Forward, 0, 6, 8.5), new(TimelineEventKind.InputGradient, 0, 8.5, 11.5), new(TimelineEventKind.WeightGradient, 0, 11.5, 13.5),
                new(TimelineEventKind.Update, -1, 19, 20),
            ],
            events);
    }

    // Six micro-batches a minibatch and three minibatches that overlap: one in the middle is what is drawn.
    [Fact]
    public void Predicted_OfAnAsynchronousSchedule_IsOneMinibatch()
    {
        PipelineSchedule schedule = ScheduleCatalog.Get("pipedream-2bw").Generate(2, 6);
        PipelinePlan plan = PlanSearch.Evaluate(
            PipelineProfile.Uniform(new ModelProfile("made up", 1, [new(0, "a", 1, 1, 1, 0, 0, 1, 0, 1), new(1, "b", 1, 1, 1, 0, 0, 1, 0, 1)])), 1, schedule, [0, 1], (_, _, _) => 0);
        var comparison = new StepComparison(plan, s_measured);

        Assert.Equal(3, schedule.MinibatchCount);
        for (int stage = 0; stage < 2; stage++)
        {
            IEnumerable<TimelineEvent> forwards = comparison.PredictedEvents(stage).Where(one => one.Kind == TimelineEventKind.Forward);
            Assert.Equal(Enumerable.Range(0, 6), forwards.Select(one => one.MicroBatch));
            Assert.Equal(6, comparison.PredictedOf(stage).Forward, 1e-9);
        }
        Assert.Equal(s_measured.PassStart, comparison.PredictedEvents(0).Min(one => one.Start));
        Assert.Equal(SpanOf(6), comparison.PredictedBarrierTime, 1e-9);
        Assert.NotEqual(SpanOf(0), SpanOf(6));

        // From the first F of the six micro-batches to the last W, as they lie among those of the other minibatches.
        double SpanOf(int first) =>
            Enumerable.Range(0, 2).Max(stage => plan.Timeline.Of(new PipelineAction(stage, ActionKind.WeightGradient, first + 5)).End)
            - plan.Timeline.Of(new PipelineAction(0, ActionKind.Forward, first)).Start;
    }
}
