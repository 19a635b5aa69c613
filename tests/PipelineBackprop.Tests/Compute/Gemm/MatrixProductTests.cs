using System.Numerics;
using System.Runtime.InteropServices;
using PipelineBackprop.Compute.Gemm;
using PipelineBackprop.Compute.Threading;
using PipelineBackprop.Randomness;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Gemm;

public sealed class MatrixProductTests
{
    // Two blocks and more of the inner dimension, and more tiles than one block of columns holds.
    private static readonly GemmShape[] s_large =
    [
        new(13, 37, 257), new(61, 130, 777), new(150, 65, 520, Extra: 3), new(5, 700, 600), new(300, 11, 300), new(97, 33, 784), new(12, 1100, 290),
        new(70, 600, 260),
    ];

    public static TheoryData<string> Paths => [.. Enum.GetNames<GemmPath>()];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Multiply_RandomSmallShapes_EqualsTheTripleLoop(string pathName)
    {
        GemmPath path = PathOrSkip(pathName);
        Check<float>(path, RandomShapes(300));
        Check<double>(path, RandomShapes(100));
    }

    // One path is enough: the others give the same bits, which the test below holds them to on the same shapes.
    [Fact]
    public void Multiply_RaggedLargeShapes_EqualsTheTripleLoop()
    {
        Check<float>(GemmPath.Auto, s_large.SelectMany(AllForms));
        Check<double>(GemmPath.Auto, s_large.Take(3).SelectMany(AllForms));
    }

    [Fact]
    public void Multiply_EveryEdgeOfTheTile_EqualsTheTripleLoop()
    {
        IEnumerable<GemmShape> shapes = from m in Enumerable.Range(1, 26)
                                        from n in (int[])[1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 49, 64, 65]
                                        from transpose in (bool[])[false, true]
                                        select new GemmShape(m, n, 5, TransposeB: transpose, Bias: true, Extra: m % 3);
        Check<float>(GemmPath.Auto, shapes);
    }

    [Fact]
    public void Multiply_AnyPathAndThreadCount_GivesTheSameBits()
    {
        SameOnEveryPathAndTeam<float>(s_large.SelectMany(AllForms).Concat(RandomShapes(60)));
        SameOnEveryPathAndTeam<double>(s_large.Take(3).SelectMany(AllForms).Concat(RandomShapes(30)));
    }

    [Theory]
    [InlineData(64, 784, false)]
    [InlineData(64, 784, true)]
    [InlineData(256, 300, true)]
    [InlineData(10, 256, true)]
    [InlineData(129, 520, false)]
    public void Multiply_FewerRows_GivesTheSameBitsForEachRow(int n, int k, bool transposeB)
    {
        using var team = new ThreadTeam(3, "test");
        using var workspace = new GemmWorkspace();
        using var whole = new GemmCase<float>(new GemmShape(256, n, k, TransposeB: transposeB, Bias: true));
        foreach (GemmPath path in GemmPaths.Available)
        {
            float[] expected = whole.Run(path, team, workspace);
            // The first rows, and rows from the middle.
            foreach (int m in (int[])[1, 2, 3, 4, 5, 7, 8, 11, 12, 13, 31, 32, 63, 64, 65, 66, 100, 255])
            {
                foreach (int first in (int[])[0, (256 - m) / 2])
                    Assert.Equal(expected.AsSpan(first * n, m * n).ToArray(), Rows(whole.Problem, first, m, path, workspace));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Multiply_DocumentedOrder_IsWhatEveryElementGets(string pathName)
    {
        GemmPath path = PathOrSkip(pathName);
        foreach (int k in (int[])[1, 344, 345, 700, 784])
        {
            using var workspace = new GemmWorkspace();
            using var product = new GemmCase<float>(new GemmShape(7, 19, k, Accumulate: true, Bias: true));
            float[] result = product.Run(path, null, workspace);
            Assert.Equal(InDocumentedOrder(product.Problem), result);
        }
    }

    [Theory]
    [InlineData(0, 5, 5)]
    [InlineData(5, 0, 5)]
    [InlineData(0, 0, 0)]
    [InlineData(5, 6, 0)]
    [InlineData(1, 1, 0)]
    public void Multiply_WithAnEmptyDimension_GivesTheEmptySum(int m, int n, int k) => Check<float>(GemmPath.Auto, AllForms(new GemmShape(m, n, k, Extra: 2)));

    // Wide enough for a second block of columns, which finds the panels of A where the first left them; a full height of rows and one that is not.
    [Theory]
    [MemberData(nameof(Paths))]
    public void Multiply_SeveralBlocksOfColumns_AgreesWithTheReference(string pathName)
    {
        GemmPath path = PathOrSkip(pathName);
        Check<float>(path, AllForms(new GemmShape(29, 560, 344)));
        Check<float>(path, AllForms(new GemmShape(24, 1100, 690)));
    }

    // An A of more than 2 MiB, of which the first tiles of a row ask for what the next row packs; wide enough that other tiles follow, and rows that end within a tile.
    [Theory]
    [MemberData(nameof(Paths))]
    public void Multiply_OperandFromFarAway_AgreesWithTheReference(string pathName) => Check<float>(PathOrSkip(pathName), AllForms(new GemmShape(703, 230, 760)));

    // Squares of float32 are exact in float64, so only the order of the sum differs.
    [Theory]
    [MemberData(nameof(Paths))]
    public void Multiply_AskedForSquares_SumsCOnAnyNumberOfThreads(string pathName)
    {
        GemmPath path = PathOrSkip(pathName);
        foreach (GemmShape shape in (GemmShape[])[new(1, 1, 1), new(50, 70, 9, TransposeA: true), new(96, 64, 700, Accumulate: true), new(130, 600, 350, TransposeB: true, Bias: true)])
        {
            using var workspace = new GemmWorkspace();
            using var product = new GemmCase<float>(shape);
            double expected = product.Run(path, null, workspace).Sum(c => (double)c * c), first = SquaresOn(1);
            Assert.Equal(expected, first, expected * 1e-13);
            for (int threads = 2; threads <= 3; threads++) Assert.Equal(first, SquaresOn(threads));

            double SquaresOn(int threads)
            {
                using var team = new ThreadTeam(threads, "test");
                return product.Squares(path, team);
            }
        }
    }

    private static GemmPath PathOrSkip(string name)
    {
        GemmPath path = Enum.Parse<GemmPath>(name);
        Assert.SkipUnless(MatrixProduct.IsAvailable(path), $"This machine cannot run the path {name}.");
        return path;
    }

    private static void Check<T>(GemmPath path, IEnumerable<GemmShape> shapes)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        using var workspace = new GemmWorkspace();
        ulong seed = 0;
        foreach (GemmShape shape in shapes)
        {
            using var product = new GemmCase<T>(shape, seed++);
            product.AssertRight(product.Run(path, null, workspace), $"{path} {typeof(T).Name}");
        }
    }

    private static void SameOnEveryPathAndTeam<T>(IEnumerable<GemmShape> shapes)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        using var two = new ThreadTeam(2, "test");
        using var three = new ThreadTeam(3, "test");
        using var workspace = new GemmWorkspace();
        foreach (GemmShape shape in shapes)
        {
            using var product = new GemmCase<T>(shape);
            T[] expected = product.Run(GemmPath.Scalar, null, workspace);
            foreach (GemmPath path in GemmPaths.Available)
            {
                foreach (ThreadTeam? team in (ThreadTeam?[])[null, two, three])
                    AssertSameBits(expected, product.Run(path, team, workspace), $"{shape} on {path} with {team?.Threads ?? 1} threads");
            }
        }
    }

    private static void AssertSameBits<T>(T[] expected, T[] actual, string what)
        where T : unmanaged => Assert.True(
            MemoryMarshal.AsBytes(expected.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(actual.AsSpan())), $"{what} gives other bits.");

    // Every form of a shape: both transposes, accumulation, bias.
    private static IEnumerable<GemmShape> AllForms(GemmShape shape) =>
        Enumerable.Range(0, 16).Select(bits => shape with
        {
            TransposeA = (bits & 1) != 0,
            TransposeB = (bits & 2) != 0,
            Accumulate = (bits & 4) != 0,
            Bias = (bits & 8) != 0,
        });

    private static IEnumerable<GemmShape> RandomShapes(int count)
    {
        var random = new RandomStream(7, 0);
        for (int i = 0; i < count; i++)
        {
            yield return new GemmShape(
                random.NextInt(71), random.NextInt(71), random.NextInt(71), random.NextInt(2) == 0, random.NextInt(2) == 0, random.NextInt(2) == 0,
                random.NextInt(2) == 0, random.NextInt(2) * random.NextInt(9));
        }
    }

    // Rows first … first + m − 1 of a product, computed as a product of their own.
    private static unsafe float[] Rows(GemmProblem<float> whole, int first, int m, GemmPath path, GemmWorkspace workspace)
    {
        float[] result = new float[m * whole.N];
        fixed (float* c = result)
        {
            var problem = new GemmProblem<float>
            {
                M = m,
                N = whole.N,
                K = whole.K,
                A = whole.A + first * whole.LeadingA,
                LeadingA = whole.LeadingA,
                B = whole.B,
                LeadingB = whole.LeadingB,
                TransposeB = whole.TransposeB,
                C = c,
                LeadingC = whole.N,
                Epilogue = whole.Epilogue,
            };
            MatrixProduct.Multiply(problem, workspace, null, path);
        }
        return result;
    }

    // Written from the documentation of MatrixProduct, element by element.
    private static unsafe float[] InDocumentedOrder(GemmProblem<float> problem)
    {
        int blocks = (problem.K + 343) / 344, depth = blocks == 1 ? problem.K : ((problem.K + blocks - 1) / blocks + 7) / 8 * 8;
        float[] result = new float[problem.M * problem.N];
        for (int i = 0; i < problem.M; i++)
        {
            for (int j = 0; j < problem.N; j++)
            {
                float value = problem.C[i * problem.LeadingC + j];
                for (int p = 0; p < problem.K; p += depth)
                {
                    float sum = 0;
                    for (int q = p; q < Math.Min(p + depth, problem.K); q++)
                        sum = MathF.FusedMultiplyAdd(problem.A[i * problem.LeadingA + q], problem.B[q * problem.LeadingB + j], sum);
                    value += sum;
                }
                result[i * problem.N + j] = value + problem.Epilogue.Bias[j];
            }
        }
        return result;
    }
}
