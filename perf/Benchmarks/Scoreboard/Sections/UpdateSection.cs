using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PipelineBackprop.Compute;
using PipelineBackprop.Compute.Threading;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Benchmarks.Scoreboard.Sections;

/// <summary>AdamW over ten million parameters, with decay and a clipping scale, against the bandwidth of a copy that walks over as much memory.</summary>
internal sealed class UpdateSection : ISection
{
    private const int Parameters = 10_000_000, FewParameters = 10_000;
    private const double LeastRatio = 0.8;

    // AdamW reads g, m, v, W and writes m, v, W; a copy reads one and writes one.
    private const double UpdateTransfers = 7, CopyTransfers = 2;

    // The copy walks over as much memory as AdamW does, four ranges: a shorter one stays in third caches, where two cores have one each.
    private const int UpdateRanges = 4, CopyRanges = 2;

    public string Name => "update";

    public string Title => "AdamW over 10 million parameters";

    public async Task MeasureAsync(SectionRun run)
    {
        run.Notes.Add("Bytes over time, counted alike on both sides: AdamW reads g, m, v, W and writes m, v, W (28 B a parameter), the copy reads one number and writes one (8 B); it walks over as much memory as AdamW does (160 MB for ten million), divided over as many threads; the faster of a plain copy and one whose stores bypass the caches.");
        foreach (int threads in run.ThreadCounts) await MeasureAsync(run, run.Choose(FewParameters, Parameters, Parameters), threads);
    }

    private static async Task MeasureAsync(SectionRun run, int count, int threads)
    {
        using ICompute compute = CpuDevice.Instance.Open(new ComputeOptions(Threads: threads));
        using var pool = new TensorPool(compute.Allocate, new MemoryLedger().Open("update"));
        DeviceTensor[] tensors = [.. Enumerable.Range(0, UpdateRanges).Select(_ => pool.Rent(Shape.Vector(count), MemoryPurpose.Workspace))];
        foreach (DeviceTensor tensor in tensors) compute.Fill(tensor, 0.01);
        int copied = count * UpdateRanges / CopyRanges;
        using CopyWork plain = new(copied, threads, bypassesCaches: false), bypassing = new(copied, threads, bypassesCaches: true);
        long step = 0;
        Samples[] samples = await run.Sampler(seconds: 1.5, rests: false).MeasureAsync(
            repeats =>
            {
                for (int i = 0; i < repeats; i++)
                    compute.AdamUpdate(new AdamStep(1e-4, GradientScale: 0.5, 0, DecoupledDecay: 0.01, 0.9, 0.999, 1e-8, ++step), tensors[0], tensors[1], tensors[2], tensors[3]);
                return Task.CompletedTask;
            },
            plain.RunAsync, bypassing.RunAsync);
        Samples copy = samples[2].Median < samples[1].Median ? samples[2] : samples[1];
        foreach (DeviceTensor tensor in tensors) tensor.Release();
        double updateBytes = UpdateTransfers * count * sizeof(float), copyBytes = CopyTransfers * copied * sizeof(float);
        run.Rows.Add(Row.OfSpeeds(
            $"AdamW, 10 million parameters, {Words.Threads(threads)}",
            Measure.OfBytes(updateBytes, samples[0].Median, Measure.OfSeconds(samples[0].Median).Text),
            Measure.OfBytes(copyBytes, copy.Median, copy == samples[2] ? "copy past the caches" : "copy"), LeastRatio,
            samples[0].RatioOf(copy) * updateBytes / copyBytes));
    }

    /// <summary>Copies numbers from one place to another, each thread its share.</summary>
    private sealed unsafe class CopyWork : IDisposable
    {
        private const int Alignment = 64;
        private readonly float* _source, _target;
        private readonly int _count;
        private readonly bool _bypassesCaches;
        private readonly ThreadTeam _team;

        public CopyWork(int count, int threads, bool bypassesCaches)
        {
            nuint bytes = (nuint)count * sizeof(float);
            _count = count;
            _bypassesCaches = bypassesCaches;
            _source = (float*)NativeMemory.AlignedAlloc(bytes, Alignment);
            _target = (float*)NativeMemory.AlignedAlloc(bytes, Alignment);
            new Span<float>(_source, count).Fill(1);
            new Span<float>(_target, count).Fill(0);
            _team = new ThreadTeam(threads, "copy");
        }

        public Task RunAsync(int repeats)
        {
            for (int i = 0; i < repeats; i++) _team.Run(_team.Threads, new Job(_source, _target, _count, _team.Threads, _bypassesCaches));
            return Task.CompletedTask;
        }

        public void Dispose()
        {
            _team.Dispose();
            NativeMemory.AlignedFree(_source);
            NativeMemory.AlignedFree(_target);
        }

        private readonly struct Job(float* source, float* target, int count, int parts, bool bypassesCaches) : ITeamJob
        {
            public void Execute(int part)
            {
                int first = Border(part), length = Border(part + 1) - first, done = 0;
                if (bypassesCaches)
                {
                    for (; done <= length - Vector512<float>.Count; done += Vector512<float>.Count)
                        Vector512.LoadAligned(source + first + done).StoreAlignedNonTemporal(target + first + done);
                }
                new Span<float>(source + first + done, length - done).CopyTo(new Span<float>(target + first + done, length - done));
            }

            private int Border(int part) => part == parts ? count : (int)((long)count * part / parts) / Vector512<float>.Count * Vector512<float>.Count;
        }
    }
}
