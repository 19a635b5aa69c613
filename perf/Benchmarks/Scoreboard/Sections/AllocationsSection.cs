using System.Diagnostics;
using System.Globalization;
using PipelineBackprop.Training;

namespace PipelineBackprop.Benchmarks.Scoreboard.Sections;

/// <summary>Managed bytes of a training step after warm-up, the engine's and the blocks' apart, and whether the process grows over many steps.</summary>
internal sealed class AllocationsSection : ISection
{
    private const double MostGrowth = 1024;

    public string Name => "allocations";

    public string Title => "Memory of a training step";

    public async Task MeasureAsync(SectionRun run)
    {
        run.Notes.Add("""
            Counted over the whole process. Engine: layers, loss, optimizer, kernels and pools, called without blocks. Messages: what a step through the pipeline allocates beyond that, which is
            the blocks' own messages and tasks, the result and the caller's await. Growth: private bytes of the process and live managed bytes, after a tenth of the steps and at the end, when the collector has given back its reserve; on Linux private bytes are those of anonymous pages in memory. 1 MiB is the noise of pages.
            """.ReplaceLineEndings(" "));
        foreach (StepNetwork network in new[] { StepNetwork.Usual, StepNetwork.Small })
            foreach (int threads in run.ThreadCounts)
                await CountAsync(run, network.OneStage(threads));
        await CountAsync(run, new StepCase(StepNetwork.Usual.Widths, StepNetwork.Usual.Examples, Stages: 2, MicroBatches: 8, Threads: 1));
        await MeasureGrowthAsync(run, StepNetwork.Small.OneStage(threads: 1), run.Choose(20, 3_000, 100_000));
    }

    private static async Task CountAsync(SectionRun run, StepCase stepCase)
    {
        int steps = run.Choose(2, 200, 1000);
        string work = $"{Words.Network(stepCase.Widths)}, {stepCase}";
        Minibatch minibatch = stepCase.CreateMinibatch();
        using var layers = new LayerStep(stepCase);
        double engine = await BytesAStepAsync(steps, () => { layers.Take(); return Task.CompletedTask; });
        await using Pipeline pipeline = await Pipeline.CreateAsync(stepCase.Options);
        double all = await BytesAStepAsync(steps, () => pipeline.TrainStepAsync(minibatch));
        run.Rows.Add(new Row($"allocated a step by the engine, {work}", new Measure(engine, "B"), null, null) { MostOurs = 0 });
        run.Rows.Add(new Row($"allocated a step by messages, {work}", new Measure(Math.Max(0, all - engine), "B"), null, null));
    }

    private static async Task<double> BytesAStepAsync(int steps, Func<Task> step)
    {
        for (int i = 0; i < steps; i++) await step();
        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < steps; i++) await step();
        // Below one byte a step are the test's own few objects.
        return Math.Floor((double)(GC.GetTotalAllocatedBytes(precise: true) - before) / steps);
    }

    private static async Task MeasureGrowthAsync(SectionRun run, StepCase stepCase, int steps)
    {
        Minibatch minibatch = stepCase.CreateMinibatch();
        await using Pipeline pipeline = await Pipeline.CreateAsync(stepCase.Options);
        var table = new DetailTable($"The process over {steps:#,0} steps of {Words.Network(stepCase.Widths)}", ["steps", "live managed", "committed by the collector", "private", "working set"]);
        List<Size> sizes = [];
        for (int tenth = 1; tenth <= 10; tenth++)
        {
            for (int i = 0; i < steps / 10; i++) await pipeline.TrainStepAsync(minibatch);
            Size size = Size.Now();
            sizes.Add(size);
            table.Rows.Add([$"{steps / 10 * tenth:#,0}", $"{size.Managed / 1024.0:#,0} KiB", $"{size.Committed / 1024.0:#,0} KiB", $"{size.Private / 1024.0:#,0} KiB", $"{size.WorkingSet / 1024.0:#,0} KiB"]);
        }
        run.Details.Add(table);
        AddGrowth("managed", size => size.Managed);
        AddGrowth("private", size => size.Private);

        void AddGrowth(string what, Func<Size, long> of) => run.Rows.Add(
            new Row($"growth over {steps:#,0} steps, {what} bytes", new Measure(Math.Max(0, of(sizes[^1]) - of(sizes[0])) / 1024.0, "KiB"), null, null) { MostOurs = MostGrowth });
    }

    private readonly record struct Size(long Managed, long Committed, long Private, long WorkingSet)
    {
        public static Size Now()
        {
            // The collector gives back what it holds in reserve: how much that is depends on when it last ran.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            long managed = GC.GetTotalMemory(forceFullCollection: true);
            return new Size(managed, GC.GetGCMemoryInfo(GCKind.FullBlocking).TotalCommittedBytes, PrivateBytes(), Environment.WorkingSet);
        }

        // Process looks at every thread; the compiler, which makes that code anew after some looks, keeps 2 to 3 MiB for it.
        private static long PrivateBytes()
        {
            const string Key = "RssAnon:";
            if (OperatingSystem.IsLinux() && Array.Find(File.ReadAllLines("/proc/self/status"), line => line.StartsWith(Key, StringComparison.Ordinal)) is { } found)
                return 1024 * long.Parse(found.AsSpan(Key.Length, found.Length - Key.Length - "kB".Length), CultureInfo.InvariantCulture);
            using var process = Process.GetCurrentProcess();
            return process.PrivateMemorySize64;
        }
    }
}
