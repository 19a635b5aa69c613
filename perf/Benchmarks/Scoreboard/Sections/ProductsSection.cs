using PipelineBackprop.Benchmarks.Scoreboard.Peers;
using PipelineBackprop.Compute.Gemm;
using PipelineBackprop.Compute.Threading;

namespace PipelineBackprop.Benchmarks.Scoreboard.Sections;

/// <summary>The matrix product at the sizes of training, in all four forms, against OpenBLAS and against the FMA peak.</summary>
internal sealed class ProductsSection : ISection
{
    private const double LeastOfOpenBlas = 0.95, LeastOfPeak = 0.90;
    private static readonly ProductSize s_square = new(1024, 1024, 1024);
    private static readonly ProductSize[] s_quick = [new(256, 1024, 1024), new(256, 10, 256), s_square];
    private static readonly ProductSize[] s_sizes =
    [
        new(256, 1024, 1024), new(256, 256, 784), new(64, 512, 512), s_square, new(4096, 256, 64), new(256, 10, 256), new(100, 300, 77), new(255, 1023, 1025),
    ];

    private static readonly (bool TransposeA, bool TransposeB, string Name)[] s_forms =
        [(false, false, "A B"), (false, true, "A Bᵀ"), (true, false, "Aᵀ B"), (true, true, "Aᵀ Bᵀ")];

    public string Name => "products";

    public string Title => "Matrix products, float32";

    public async Task MeasureAsync(SectionRun run)
    {
        OpenBlas? blas = run.Depth == Depth.Smoke ? null : OpenBlas.Find();
        if (blas is not null) run.Notes.Add($"Peer: {blas.Version}.");
        else run.Notes.Add("not measured: there is no OpenBLAS among the system's libraries (Debian: libopenblas0-pthread).");
        var table = new DetailTable("GFLOP/s of ours, and the ratio to OpenBLAS", ["m×n×k", "threads", .. s_forms.Select(form => form.Name)]);
        foreach (int threads in run.ThreadCounts)
        {
            if (blas?.TrySetThreads(threads) is false)
            {
                run.Notes.Add($"not measured: OpenBLAS on {Words.Threads(threads)}, because the system's is built without them (Debian: libopenblas0-pthread).");
                blas = null;
            }
            List<Product> products = [];
            foreach (ProductSize size in run.Choose(s_quick, s_quick, s_sizes))
            {
                using var operands = new ProductOperands(size);
                List<Product> forms = [];
                foreach ((bool transposeA, bool transposeB, string form) in s_forms)
                    forms.Add(await MeasureAsync(run, blas, operands, size, threads, transposeA, transposeB, form));
                table.Rows.Add([size.ToString(), threads.ToString(), .. forms.Select(form => new Compared(form.Flops / form.Seconds / 1e9, form.Ratio))]);
                products.AddRange(forms);
            }
            AddRows(run, threads, products);
        }
        run.Details.Add(table);
    }

    private static async Task<Product> MeasureAsync(
        SectionRun run, OpenBlas? blas, ProductOperands operands, ProductSize size, int threads, bool transposeA, bool transposeB, string form)
    {
        using var workspace = new GemmWorkspace();
        using var team = new ThreadTeam(threads, "product");
        using var peak = new PeakWork(threads);
        List<Work> works = [repeats => Multiply(operands.Problem(transposeA, transposeB), workspace, team, repeats)];
        bool meetsPeak = size == s_square;
        if (meetsPeak) works.Add(peak.RunAsync);
        if (blas is not null) works.Add(repeats => Multiply(blas, operands.Problem(transposeA, transposeB), repeats));
        Samples[] samples = await run.Sampler(seconds: 0.25, rests: threads > 1).MeasureAsync([.. works]);
        await Multiply(operands.Problem(transposeA, transposeB), workspace, team, repeats: 1);
        operands.Check(transposeA, transposeB);
        double? rival = blas is null ? null : samples[^1].Median, ratio = blas is null ? null : samples[0].RatioOf(samples[^1]);
        return new Product($"{size} {form}", size.Flops, samples[0].Median, rival, ratio)
        {
            Peak = meetsPeak ? peak.SpeedOf(samples[1]) : null,
            ShareOfPeak = meetsPeak ? peak.ShareOf(samples[0], size.Flops, samples[1]) : null,
        };
    }

    private static Task Multiply(in GemmProblem<float> problem, GemmWorkspace workspace, ThreadTeam team, int repeats)
    {
        for (int i = 0; i < repeats; i++) MatrixProduct.Multiply(problem, workspace, team);
        return Task.CompletedTask;
    }

    private static unsafe Task Multiply(OpenBlas blas, in GemmProblem<float> problem, int repeats)
    {
        for (int i = 0; i < repeats; i++)
            blas.Multiply(problem.M, problem.N, problem.K, problem.A, problem.TransposeA, problem.B, problem.TransposeB, problem.C);
        return Task.CompletedTask;
    }

    private static void AddRows(SectionRun run, int threads, List<Product> products)
    {
        string on = Words.Threads(threads);
        if (products.TrueForAll(product => product.Ratio is not null))
        {
            Product[] sorted = [.. products.OrderBy(product => product.Ratio)];
            run.Rows.Add(Against(sorted[0], $"products, {on}, the worst of {sorted.Length} against OpenBLAS") with { LeastRatio = LeastOfOpenBlas });
            run.Rows.Add(Against(Samples.MiddleOf(sorted), $"products, {on}, the median"));
        }
        Product slowest = products.Where(product => product.ShareOfPeak is not null).MinBy(product => product.ShareOfPeak)!;
        run.Rows.Add(Row.OfSpeeds(
            $"product {s_square}, {on}, the slowest form against the FMA peak", Measure.OfFlops(slowest.Flops, slowest.Seconds, slowest.Name),
            slowest.Peak, LeastOfPeak, slowest.ShareOfPeak));
    }

    private static Row Against(Product product, string work) => Row.OfSpeeds(
        work, Measure.OfFlops(product.Flops, product.Seconds, product.Name), Measure.OfFlops(product.Flops, product.RivalSeconds!.Value, "OpenBLAS"), ratio: product.Ratio);

    private sealed record Product(string Name, double Flops, double Seconds, double? RivalSeconds, double? Ratio)
    {
        public Measure? Peak { get; init; }

        public double? ShareOfPeak { get; init; }
    }
}
