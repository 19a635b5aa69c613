using PipelineBackprop.Benchmarks.Scoreboard.Peers;
using PipelineBackprop.Schedules;
using PipelineBackprop.Stages;
using PipelineBackprop.Training;

namespace PipelineBackprop.Benchmarks.Scoreboard.Sections;

/// <summary>
/// Two stages of one thread each in 1F1B order, against what the simulator makes of the measured F, B, W and against PyTorch's pipelining, both with as many micro-batches
/// and each with as many as it is fastest with.
/// </summary>
internal sealed class PipelineSection : ISection
{
    private const int Stages = 2, MicroBatches = 8;
    private static readonly int[] s_counts = [2, 4, MicroBatches];
    private const double LeastOfSimulation = 0.92, LeastOfPeer = 2.5, Seconds = 4;

    public string Name => "pipeline";

    public string Title => $"{Stages} stages × 1 thread, m = {MicroBatches}, 1F1B";

    public async Task MeasureAsync(SectionRun run)
    {
        if (Environment.ProcessorCount < Stages && run.Depth != Depth.Smoke)
        {
            run.Notes.Add($"not measured: {Stages} stages need as many cores.");
            return;
        }
        StepNetwork network = StepNetwork.Deep;
        List<Contender> contenders = [];
        try
        {
            int[] counts = run.IsFull ? s_counts : [MicroBatches];
            foreach (int count in counts) contenders.Add(await Contender.CreateAsync(network, count));
            IReadOnlyList<PeerResult> peers = await MeasureAsync(run, contenders);
            AddSimulation(run, network, contenders.Single(one => one.Count == MicroBatches));
            AddPeer(run, network, contenders, peers);
        }
        finally
        {
            foreach (Contender contender in contenders) await contender.DisposeAsync();
        }
    }

    private static void AddPeer(SectionRun run, StepNetwork network, List<Contender> contenders, IReadOnlyList<PeerResult> peers)
    {
        Contender ours = contenders.Single(one => one.Count == MicroBatches), best = contenders.MinBy(one => one.Step.Median)!;
        PeerResult? peer = peers.FirstOrDefault(one => one.Label == LabelOf(MicroBatches)), bestPeer = peers.MinBy(one => one.Seconds);
        string work = $"{Stages} stages, {network}, against PyTorch pipelining";
        run.Rows.Add(Row.OfTimes(
            work, ours.Step.Median, $"1F1B, {LabelOf(MicroBatches)}", peer?.Seconds, $"GPipe, {LabelOf(MicroBatches)}", LeastOfPeer, ours.Step.RatioOf(peer)));
        if (contenders.Count == 1) return;
        run.Rows.Add(Row.OfTimes(
            $"{work}, each at its best m", best.Step.Median, $"1F1B, {LabelOf(best.Count)}", bestPeer?.Seconds, $"GPipe, {bestPeer?.Label}", ratio: best.Step.RatioOf(bestPeer)));
    }

    private static void AddSimulation(SectionRun run, StepNetwork network, Contender contender)
    {
        StageMedians[] stages = [.. Enumerable.Range(0, Stages).Select(stage => StageMedians.Of(contender.Times, stage))];
        var times = new ScheduleTimes([.. stages.Select(one => one.Forward)], [.. stages.Select(one => one.InputGradient)], [.. stages.Select(one => one.WeightGradient)]);
        double simulated = ScheduleSimulator.Run(ScheduleCatalog.Get("1f1b").Generate(Stages, MicroBatches), times).BarrierTime;
        double update = stages.Max(one => one.Update);
        run.Rows.Add(Row.OfTimes($"{Stages} stages, {network}, against the simulation", contender.Step.Median, $"1F1B, {LabelOf(MicroBatches)}", simulated + update, "simulated + update", LeastOfSimulation));
        run.Notes.Add($"""
            The simulation gets the medians of F, B and W of each stage as its clock measured them in these steps, both stages at work, and gives {Measure.OfSeconds(simulated).Text}; the update of
            the slower stage ({Measure.OfSeconds(update).Text}) is added, because a synchronous step ends with it. Nothing else is: messages, the norm of the gradients, the decision and the caller's wake-up count against the pipeline.
            """.ReplaceLineEndings(" "));
        var table = new DetailTable("Medians of an action", ["stage", "F", "B", "W", "update"]);
        for (int i = 0; i < stages.Length; i++) table.Rows.Add([$"{i}", .. stages[i].All.Select(seconds => Measure.OfSeconds(seconds))]);
        run.Details.Add(table);
    }

    // Times ours, and the peer's results that are equal work.
    private static async Task<IReadOnlyList<PeerResult>> MeasureAsync(SectionRun run, List<Contender> contenders)
    {
        using EqualWork work = await EqualWork.PrepareAsync(run, contenders[^1].Case);
        Sampler sampler = run.Sampler(Seconds);
        Work[] works = [.. contenders.Select(one => (Work)one.TakeStepsAsync)];
        Samples[] ours;
        IReadOnlyList<PeerResult> results = [];
        if (run.Peers is null) ours = await sampler.MeasureAsync(works);
        else
        {
            (ours, results) = await run.Peers.TakeTurnsAsync(
                run, sampler, works, "pipelining", work.Files, run.Seconds(Seconds), [.. EqualWork.PeerOptions, "--threads", "1"],
                contenders.Select(one => (LabelOf(one.Count), new[] { "--micro-batches", $"{one.Count}" })));
        }
        for (int i = 0; i < ours.Length; i++)
        {
            contenders[i].Step = ours[i];
            PeerResult? peer = results.FirstOrDefault(one => one.Label == LabelOf(contenders[i].Count));
            run.Notes.Add($"{LabelOf(contenders[i].Count)}: {Measure.OfSeconds(ours[i].Median).Text}{(peer is null ? "" : $", PyTorch's pipelining (GPipe, 2 ranks × 1 thread) {Measure.OfSeconds(peer.Seconds).Text}")}.");
        }
        return work.Equal(run, "2 stages", results);
    }

    private static string LabelOf(int microBatches) => $"m = {microBatches}";

    /// <summary>The pipeline with one count of micro-batches.</summary>
    private sealed class Contender : IAsyncDisposable
    {
        private readonly Pipeline _pipeline;
        private readonly Minibatch _minibatch;

        private Contender(StepCase stepCase, Pipeline pipeline)
        {
            Case = stepCase;
            _pipeline = pipeline;
            _minibatch = stepCase.CreateMinibatch();
        }

        public StepCase Case { get; }

        public int Count => Case.MicroBatches;

        /// <summary>What the stages' clocks measured, step by step.</summary>
        public List<IReadOnlyList<StageTimes>> Times { get; } = [];

        /// <summary>Once it was measured.</summary>
        public Samples Step { get; set; } = null!;

        public static async Task<Contender> CreateAsync(StepNetwork network, int microBatches)
        {
            var stepCase = new StepCase(network.Widths, network.Examples, Stages, microBatches, Threads: 1);
            return new Contender(stepCase, await Pipeline.CreateAsync(stepCase.Options));
        }

        public async Task TakeStepsAsync(int repeats)
        {
            for (int i = 0; i < repeats; i++) Times.Add((await _pipeline.TrainStepAsync(_minibatch)).Stages);
        }

        public ValueTask DisposeAsync() => _pipeline.DisposeAsync();
    }

    /// <summary>Seconds of one action of a stage, and of its update.</summary>
    private sealed record StageMedians(double Forward, double InputGradient, double WeightGradient, double Update)
    {
        public double[] All => [Forward, InputGradient, WeightGradient, Update];

        public static StageMedians Of(List<IReadOnlyList<StageTimes>> steps, int stage)
        {
            double Median(Func<StageTimes, TimeSpan> part) => Samples.MedianOf(steps.Select(step => part(step[stage]).TotalSeconds));
            return new StageMedians(
                Median(times => times.Forward) / MicroBatches, Median(times => times.InputGradient) / MicroBatches,
                Median(times => times.WeightGradient) / MicroBatches, Median(times => times.Update));
        }
    }
}
