using PipelineBackprop.Benchmarks.Scoreboard.Peers;
using PipelineBackprop.Schedules;
using PipelineBackprop.Stages;
using PipelineBackprop.Training;

namespace PipelineBackprop.Benchmarks.Scoreboard.Sections;

/// <summary>Two stages of one thread each in 1F1B order, against what the simulator makes of the measured F, B, W and against PyTorch's pipelining.</summary>
internal sealed class PipelineSection : ISection
{
    private const int Stages = 2, MicroBatches = 8;
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
        var stepCase = new StepCase(network.Widths, network.Examples, Stages, MicroBatches, Threads: 1);
        Minibatch minibatch = stepCase.CreateMinibatch();
        await using Pipeline pipeline = await Pipeline.CreateAsync(stepCase.Options);
        List<IReadOnlyList<StageTimes>> times = [];
        Work step = async repeats =>
        {
            for (int i = 0; i < repeats; i++) times.Add((await pipeline.TrainStepAsync(minibatch)).Stages);
        };
        (Samples measured, PeerResult? peer) = await MeasureAsync(run, stepCase, step);

        StageMedians[] stages = [.. Enumerable.Range(0, Stages).Select(stage => StageMedians.Of(times, stage))];
        AddSimulation(run, network, measured.Median, stages);
        run.Rows.Add(Row.OfTimes(
            $"{Stages} stages, {network}, against PyTorch pipelining", measured.Median, "1F1B, m = 8", peer?.Seconds, $"GPipe, {peer?.Label}", LeastOfPeer,
            measured.RatioOf(peer)));
    }

    private static void AddSimulation(SectionRun run, StepNetwork network, double measured, StageMedians[] stages)
    {
        var times = new ScheduleTimes([.. stages.Select(one => one.Forward)], [.. stages.Select(one => one.InputGradient)], [.. stages.Select(one => one.WeightGradient)]);
        double simulated = ScheduleSimulator.Run(ScheduleCatalog.Get("1f1b").Generate(Stages, MicroBatches), times).BarrierTime;
        double update = stages.Max(one => one.Update);
        run.Rows.Add(Row.OfTimes($"{Stages} stages, {network}, against the simulation", measured, "1F1B, m = 8", simulated + update, "simulated + update", LeastOfSimulation));
        run.Notes.Add($"""
            The simulation gets the medians of F, B and W of each stage as its clock measured them in these steps, both stages at work, and gives {Measure.OfSeconds(simulated).Text}; the update of
            the slower stage ({Measure.OfSeconds(update).Text}) is added, because a synchronous step ends with it. Nothing else is: messages, the norm of the gradients, the decision and the caller's wake-up count against the pipeline.
            """.ReplaceLineEndings(" "));
        var table = new DetailTable("Medians of an action", ["stage", "F", "B", "W", "update"]);
        for (int i = 0; i < stages.Length; i++) table.Rows.Add([$"{i}", .. stages[i].All.Select(seconds => Measure.OfSeconds(seconds).Text)]);
        run.Details.Add(table);
    }

    private static async Task<(Samples Ours, PeerResult? Peer)> MeasureAsync(SectionRun run, StepCase stepCase, Work step)
    {
        using EqualWork work = await EqualWork.PrepareAsync(run, stepCase);
        Sampler sampler = run.Sampler(Seconds);
        if (run.Peers is null) return ((await sampler.MeasureAsync(step))[0], null);
        int[] counts = run.IsFull ? [4, 8] : [4];
        (Samples[] ours, IReadOnlyList<PeerResult> results) = await run.Peers.TakeTurnsAsync(
            run, sampler, [step], "pipelining", work.Files, run.Seconds(Seconds), [.. EqualWork.PeerOptions, "--threads", "1"],
            counts.Select(count => ($"m = {count}", new[] { "--micro-batches", $"{count}" })));
        foreach (PeerResult result in results) run.Notes.Add($"PyTorch pipelining, GPipe, 2 ranks × 1 thread, {result.Label}: {Measure.OfSeconds(result.Seconds).Text}.");
        return (ours[0], work.Best(run, "2 stages", results));
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
