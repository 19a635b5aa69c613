using PipelineBackprop.Benchmarks.Scoreboard.Peers;
using PipelineBackprop.Training;

namespace PipelineBackprop.Benchmarks.Scoreboard.Sections;

/// <summary>Training steps on one stage, at the best thread count, against TorchSharp at its best and against the FMA peak.</summary>
internal sealed class StepsSection : ISection
{
    private const int TurnsOfLarge = 5; // a step takes half a second
    private const int MostPeerSteps = 10_000; // as many as leave the weights numbers of normal size in spite of the strong decay
    private const double Seconds = 1, PeerSeconds = 2.5;
    private static readonly StepNetwork[] s_some = [StepNetwork.Usual, StepNetwork.Deep, StepNetwork.Small];

    public string Name => "steps";

    public string Title => "Training steps, one stage";

    public async Task MeasureAsync(SectionRun run)
    {
        run.Notes.Add("Relu, softmax cross-entropy, SGD with weight decay. Ours is through the pipeline, as a user calls it; the layers called without blocks are in the details. Best of 1 and 2 threads on both sides. The FMA peak is the median of its samples, by turns with ours, as everything here is; its best sample is shown beside.");
        if (run.Depth == Depth.Quick) run.Notes.Add($"not measured: {StepNetwork.Large} is left out by --quick, and the peer runs with one thread count a network.");
        var table = new DetailTable("Medians", ["network", "how", "threads", "a step", "GFLOP/s", "spread"]);
        foreach (StepNetwork network in run.Choose(s_some, s_some, [StepNetwork.Usual, StepNetwork.Deep, StepNetwork.Large, StepNetwork.Small]))
            await MeasureAsync(run, network, table);
        run.Details.Add(table);
    }

    private static async Task MeasureAsync(SectionRun run, StepNetwork network, DetailTable table)
    {
        List<Contender> contenders = [];
        try
        {
            foreach (int threads in run.ThreadCounts) contenders.Add(await Contender.CreateAsync(network.OneStage(threads)));
            Work[] works = [.. contenders.SelectMany(one => one.Works)];
            Sampler sampler = run.Sampler(Seconds, turns: network == StepNetwork.Large ? TurnsOfLarge : Sampler.UsualTurns);
            (Samples[] all, PeerResult? peer) = await MeasureAsync(run, network, sampler, works, table);
            for (int i = 0; i < contenders.Count; i++) contenders[i].Take(all.AsSpan(i * Contender.WorkCount, Contender.WorkCount), table, network);
            AddRows(run, network, contenders.MinBy(one => one.Seconds)!, peer);
        }
        finally
        {
            foreach (Contender contender in contenders) await contender.DisposeAsync();
        }
    }

    private static void AddRows(SectionRun run, StepNetwork network, Contender best, PeerResult? peer)
    {
        string how = Words.Threads(best.Case.Threads);
        run.Rows.Add(Row.OfTimes($"step {network}", best.Seconds, how, peer?.Seconds, $"TorchSharp, {peer?.Label}", network.LeastOfPeer, best.RatioOf(peer)));
        if (network.LeastOfPeak is not { } least) return;
        run.Rows.Add(Row.OfSpeeds(
            $"step {network}, against the FMA peak", Measure.OfFlops(best.Case.Flops, best.Seconds, how), best.Peak, least, best.ShareOfPeak));
    }

    private static async Task<(Samples[] Ours, PeerResult? Peer)> MeasureAsync(SectionRun run, StepNetwork network, Sampler sampler, Work[] works, DetailTable table)
    {
        using EqualWork work = await EqualWork.PrepareAsync(run, network.OneStage(run.ThreadCounts[^1]));
        if (run.Peers is null) return (await sampler.MeasureAsync(works), null);
        int[] counts = run.IsFull ? run.ThreadCounts : network == StepNetwork.Small ? [1] : [run.ThreadCounts[^1]];
        string[] common = [.. EqualWork.PeerOptions, "--warmups", "3", "--steps", $"{MostPeerSteps / sampler.Turns}"];
        (Samples[] ours, IReadOnlyList<PeerResult> results) = await run.Peers.TakeTurnsAsync(
            run, sampler, works, "torchsharp", work.Files, run.Seconds(PeerSeconds), common, PeerRunner.OfThreads(counts));
        foreach (PeerResult result in results)
        {
            double flops = network.OneStage(1).Flops;
            table.Rows.Add([Words.Network(network.Widths), "TorchSharp", result.Label.Split(' ')[0], Measure.OfSeconds(result.Seconds), flops / result.Seconds / 1e9, ""]);
        }
        return (ours, work.Equal(run, $"step {network}", results).MinBy(result => result.Seconds));
    }

    /// <summary>One thread count: the layers alone, the pipeline and the peak of as many threads.</summary>
    private sealed class Contender : IAsyncDisposable
    {
        public const int WorkCount = 3;
        private readonly LayerStep _layers;
        private readonly Pipeline _pipeline;
        private readonly PeakWork _peak;
        private readonly Minibatch _minibatch;
        private Samples? _step;

        private Contender(StepCase stepCase, Pipeline pipeline)
        {
            Case = stepCase;
            _pipeline = pipeline;
            _layers = new LayerStep(stepCase);
            _peak = new PeakWork(stepCase.Threads);
            _minibatch = stepCase.CreateMinibatch();
        }

        public StepCase Case { get; }

        public Work[] Works => [StepLayers, StepPipelineAsync, _peak.RunAsync];

        /// <summary>A step through the pipeline.</summary>
        public double Seconds { get; private set; }

        public Measure? Peak { get; private set; }

        public double ShareOfPeak { get; private set; }

        public double? RatioOf(PeerResult? peer) => _step!.RatioOf(peer);

        public static async Task<Contender> CreateAsync(StepCase stepCase) => new(stepCase, await Pipeline.CreateAsync(stepCase.Options));

        public void Take(Span<Samples> samples, DetailTable table, StepNetwork network)
        {
            foreach ((string how, Samples one) in new[] { ("layers alone", samples[0]), ("pipeline", samples[1]) })
            {
                table.Rows.Add(
                [
                    Words.Network(network.Widths), how, $"{Case.Threads}", Measure.OfSeconds(one.Median), Case.Flops / one.Median / 1e9, new Measure(100 * one.Spread, "%"),
                ]);
            }
            _step = samples[1];
            Seconds = _step.Median;
            Peak = _peak.SpeedOf(samples[2]);
            ShareOfPeak = _peak.ShareOf(_step, Case.Flops, samples[2]);
        }

        public async ValueTask DisposeAsync()
        {
            _layers.Dispose();
            _peak.Dispose();
            await _pipeline.DisposeAsync();
        }

        private Task StepLayers(int repeats)
        {
            for (int i = 0; i < repeats; i++) _layers.Take();
            return Task.CompletedTask;
        }

        private async Task StepPipelineAsync(int repeats)
        {
            for (int i = 0; i < repeats; i++) await _pipeline.TrainStepAsync(_minibatch);
        }
    }
}
