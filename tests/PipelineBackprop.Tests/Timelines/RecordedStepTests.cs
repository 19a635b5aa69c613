using System.Text.Json;
using System.Xml.Linq;
using PipelineBackprop.Compute;
using PipelineBackprop.Diagnostics;
using PipelineBackprop.Layers;
using PipelineBackprop.Planning;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tests.Training;
using PipelineBackprop.Timelines;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Timelines;

/// <summary>Recorded steps of real pipelines, and what is written of them.</summary>
public sealed class RecordedStepTests
{
    private const int Inputs = 6, Classes = 3, MicroBatches = 4, Examples = 13;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int, string> Pipelines()
    {
        var data = new TheoryData<int, string>();
        foreach (int stages in new[] { 1, 2, 4 })
            foreach (string schedule in new[] { "gpipe", "1f1b", "zb-h1" })
                data.Add(stages, schedule);
        return data;
    }

    [Theory]
    [MemberData(nameof(Pipelines))]
    public async Task Every_action_of_the_schedule_is_recorded_in_its_order(int stages, string schedule)
    {
        StepTimeline timeline = await RecordAsync(stages, schedule);
        PipelineSchedule expected = ScheduleCatalog.Get(schedule).Generate(stages, MicroBatches);

        Assert.Equal(2, timeline.Step);
        for (int stage = 0; stage < stages; stage++)
        {
            Assert.Equal(
                expected.ActionsOfStage(stage).Select(action => (action.Kind.ToString(), action.MicroBatch)),
                timeline.Stages[stage].Where(one => one.IsAction).Select(one => (one.Kind.ToString(), one.MicroBatch)));
            // The sums behind the last action, then the step itself, and between them the wait for the other stages.
            Assert.Equal(2, timeline.Stages[stage].Count(one => one.Kind == TimelineEventKind.Update));
            Assert.Contains(timeline.Stages[stage], one => one.Kind == TimelineEventKind.Wait);
            Assert.InRange(timeline.Stages[stage][0].End, 0, timeline.Seconds);
        }
        Assert.InRange(timeline.SpanTime, timeline.IdealTime, timeline.BarrierTime);
        Assert.InRange(timeline.BarrierBubble, timeline.SpanBubble, 1);
    }

    [Theory]
    [MemberData(nameof(Pipelines))]
    public async Task The_events_of_the_trace_nest_as_step_action_transfer(int stages, string schedule)
    {
        StepComparison comparison = await CompareAsync(stages, schedule);

        JsonElement[] trace = [.. JsonDocument.Parse(TraceWriter.Write(comparison, "a run")).RootElement.GetProperty("traceEvents").EnumerateArray()];

        Assert.Equal(
            Enumerable.Range(0, stages).SelectMany(stage => new[] { $"stage {stage} predicted", $"stage {stage}" }),
            trace.Where(one => one.GetProperty("name").GetString() == "thread_name").Select(one => one.GetProperty("args").GetProperty("name").GetString()!));
        int transfers = 0;
        foreach (IGrouping<int, JsonElement> track in trace.Where(one => one.GetProperty("ph").GetString() == "X").GroupBy(one => one.GetProperty("tid").GetInt32()))
        {
            var open = new Stack<(string Kind, double End)>();
            foreach (JsonElement one in track)
            {
                (double start, double end) = (one.GetProperty("ts").GetDouble(), one.GetProperty("ts").GetDouble() + one.GetProperty("dur").GetDouble());
                string kind = one.GetProperty("cat").GetString()!;
                // Microseconds in float64: what ends as the next begins may round past it by far less than a nanosecond.
                while (open.TryPeek(out (string, double End) outer) && outer.End <= start + 1e-6) open.Pop();
                Assert.True(open.Count == 0 || end <= open.Peek().End + 1e-6, $"{kind} at {start} outlasts the {(open.Count == 0 ? "" : open.Peek().Kind)} around it");
                string[] around = [.. open.Select(outer => outer.Kind)];
                if (track.Key % 2 == 0) Assert.Empty(around);
                else if (kind == "Step") Assert.Empty(around);
                else if (kind is "Preparation" or "Help") Assert.Equal(["Wait", "Step"], around);
                else if (kind == "Transfer") Assert.True(around is ["Forward" or "InputGradient", "Step"], $"transfer within {string.Join(" in ", around)}");
                else Assert.Equal(["Step"], around);
                transfers += kind == "Transfer" ? 1 : 0;
                open.Push((kind, end));
            }
        }
        // F brings every input to its stage and every output on its way; B does the same, but for the last stage and the first.
        Assert.Equal(MicroBatches * (stages + (stages - 1) * 3), transfers);
    }

    [Theory]
    [MemberData(nameof(Pipelines))]
    public async Task The_picture_shows_what_was_predicted_above_what_happened(int stages, string schedule)
    {
        StepComparison comparison = await CompareAsync(stages, schedule);

        var svg = XElement.Parse(SvgTimelineWriter.Write(comparison, "a <run>"));

        var bars = svg.Elements().Where(element => element.Name.LocalName == "rect" && element.HasElements)
            .Select(bar => (Name: bar.Value.Split(':')[0], Y: (double)bar.Attribute("y")!, IsPale: bar.Attribute("fill-opacity") is not null)).ToArray();
        for (int stage = 0; stage < stages; stage++)
        {
            string action = $"{stage}F{MicroBatches - 1}";
            (double predicted, double measured) = (Assert.Single(bars, bar => bar.Name == action && bar.IsPale).Y, Assert.Single(bars, bar => bar.Name == action && !bar.IsPale).Y);
            Assert.True(predicted < measured);
        }
        Assert.Equal(2 * 3 * MicroBatches * stages, bars.Count(bar => bar.Name.Length == 3));
        Assert.Equal("a <run>", svg.Elements().First(element => element.Name.LocalName == "title").Value);
    }

    [Fact]
    public async Task Recording_changes_no_bit_and_is_off_unless_asked_for()
    {
        await using Pipeline plain = await Pipeline.CreateAsync(Options(2, "1f1b"), Token), recorded = await Pipeline.CreateAsync(Options(2, "1f1b"), Token);
        recorded.RecordsTimeline = true;
        for (ulong step = 0; step < 3; step++)
        {
            Minibatch minibatch = Trial.Classified(step, Examples, Inputs, Classes);
            Assert.Null((await plain.TrainStepAsync(minibatch, Token)).Timeline);
            Assert.NotNull((await recorded.TrainStepAsync(minibatch, Token)).Timeline);
        }
        recorded.RecordsTimeline = false;
        Assert.Null((await recorded.TrainStepAsync(Trial.Classified(9, Examples, Inputs, Classes), Token)).Timeline);
        await plain.TrainStepAsync(Trial.Classified(9, Examples, Inputs, Classes), Token);

        Trial.AssertBitEqual(await plain.CaptureAsync(Token), await recorded.CaptureAsync(Token));
    }

    [Theory]
    [InlineData("1f1b", 4, "1 in 1, 2 in 2")]
    [InlineData("interleaved-1f1b", 2, "1 in 1, 3 in 1")]
    public async Task Weights_are_prepared_in_the_waits_of_a_device(string schedule, int devices, string expected)
    {
        // The first layer takes the longest, so that the others come to wait, whatever the machine is busy with.
        PipelineOptions options = Options(4, schedule) with
        {
            Layers = [new DenseLayer(Inputs, 800), new DenseLayer(800, 64), new DenseLayer(64, 64), new DenseLayer(64, Classes)],
            Stages = devices,
        };
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token);
        pipeline.RecordsTimeline = true;
        var prepared = new HashSet<string>();
        for (ulong step = 0; step < 300 && !prepared.IsSupersetOf(expected.Split(", ")); step++)
        {
            StepTimeline timeline = (await pipeline.TrainStepAsync(Trial.Classified(step, Examples, Inputs, Classes), Token)).Timeline!;
            for (int stage = 0; stage < 4; stage++)
            {
                TimelineEvent[] preparations = [.. timeline.Stages[stage].Where(one => one.Kind == TimelineEventKind.Preparation)];
                // Of F and of B; nothing was packed before the first step.
                Assert.InRange(preparations.Length, 0, step == 0 ? 0 : 2);
                foreach (TimelineEvent one in preparations) prepared.Add(FormattableString.Invariant($"{stage} in {WaitingStage(timeline, stage, one)}"));
            }
        }
        Assert.Superset(expected.Split(", ").ToHashSet(), prepared);

        static int WaitingStage(StepTimeline timeline, int stage, TimelineEvent preparation) => Enumerable.Range(0, timeline.Stages.Count)
            .Where(other => timeline.DeviceOfStage[other] == timeline.DeviceOfStage[stage])
            .First(other => timeline.Stages[other].Any(one => one.Kind == TimelineEventKind.Wait && one.Start <= preparation.Start && preparation.End <= one.End));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Help_is_recorded_in_the_waits_of_the_stage_that_helps(bool helps)
    {
        Assert.SkipUnless(Environment.ProcessorCount > 1, "on one core no stage helps another");
        PipelineOptions options = Options(2, "1f1b") with { Layers = [new DenseLayer(256, 1024), new DenseLayer(1024, Classes)], HelpOtherStages = helps };
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token);
        pipeline.RecordsTimeline = true;
        bool isSeen = false;
        for (ulong step = 0; step < (helps ? 500UL : 20) && !isSeen; step++)
        {
            StepTimeline timeline = (await pipeline.TrainStepAsync(Trial.Classified(step, 128, 256, Classes), Token)).Timeline!;
            foreach (IReadOnlyList<TimelineEvent> stage in timeline.Stages)
            {
                TimelineEvent[] helped = [.. stage.Where(one => one.Kind == TimelineEventKind.Help)];
                Assert.All(helped, help => Assert.Contains(stage, one => one.Kind == TimelineEventKind.Wait && one.Start <= help.Start && help.End <= one.End));
                isSeen |= helped.Length > 0;
            }
        }
        Assert.Equal(helps, isSeen);
    }

    private static async Task<StepTimeline> RecordAsync(int stages, string schedule)
    {
        await using Pipeline pipeline = await Pipeline.CreateAsync(Options(stages, schedule), Token);
        pipeline.RecordsTimeline = true;
        await pipeline.TrainStepAsync(Trial.Classified(1, Examples, Inputs, Classes), Token);
        return (await pipeline.TrainStepAsync(Trial.Classified(2, Examples, Inputs, Classes), Token)).Timeline!;
    }

    private static async Task<StepComparison> CompareAsync(int stages, string schedule)
    {
        LayerProfile[] layers = [.. Options(stages, schedule).Layers.Select((layer, index) => new LayerProfile(index, layer.ToString(), 1e-4, 1e-4, 1e-4, 1e-5, 1e-5, 1, 1, 1))];
        PipelinePlan plan = PlanSearch.Evaluate(
            PipelineProfile.Uniform(new ModelProfile("made up", 4, layers)), Examples, ScheduleCatalog.Get(schedule).Generate(stages, MicroBatches), [.. Enumerable.Range(0, stages)], (_, _, _) => 0);
        return new StepComparison(plan, await RecordAsync(stages, schedule));
    }

    private static PipelineOptions Options(int stages, string schedule) => new()
    {
        Layers = [new DenseLayer(Inputs, 8, Activation.Tanh), new DenseLayer(8, 8, Activation.Relu), new DenseLayer(8, 8, Activation.Tanh), new DenseLayer(8, Classes)],
        Stages = stages,
        Boundaries = [.. Enumerable.Range(0, stages)],
        MicroBatches = MicroBatches,
        Schedule = schedule,
    };
}
