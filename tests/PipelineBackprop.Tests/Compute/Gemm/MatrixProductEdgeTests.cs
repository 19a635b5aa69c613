using PipelineBackprop.Compute.Gemm;
using PipelineBackprop.Compute.Threading;
using PipelineBackprop.Testing.Compute;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Gemm;

/// <summary>What lies beside the numbers: values that spread, memory's end, allocations, arguments that cannot be.</summary>
public sealed class MatrixProductEdgeTests
{
    [Fact]
    public void Multiply_InfinityAndNaNInOneRow_StayInThatRow()
    {
        using var workspace = new GemmWorkspace();
        foreach (GemmPath path in GemmPaths.Available)
        {
            using var product = new GemmCase<float>(new GemmShape(14, 35, 20));
            MarkRow(product.Problem);
            float[] result = product.Run(path, null, workspace);
            for (int i = 0; i < 14; i++)
                Assert.Equal(i is 3 or 13, result.AsSpan(i * 35, 35).ToArray().All(float.IsNaN));
            Assert.Equal(2 * 35, result.Count(float.IsNaN));
        }
    }

    [Fact]
    public void Multiply_OperandsAtTheEndOfTheMemory_ReadsNothingBeyond()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs Linux's memory protection.");
        using var workspace = new GemmWorkspace();
        foreach (GemmPath path in GemmPaths.Available)
        {
            foreach (int m in (int[])[1, 3, 4, 6, 8, 10, 12, 16, 20, 60])
            {
                foreach (int n in (int[])[1, 4, 10, 16, 20, 32, 40, 48, 64, 130])
                {
                    for (int form = 0; form < 4; form++)
                        MultiplyAtPageEnds(new GemmShape(m, n, 9, TransposeA: (form & 1) != 0, TransposeB: (form & 2) != 0), path, workspace);
                }
            }
        }
    }

    [Fact]
    public void Multiply_WithAWarmWorkspace_AllocatesNothing()
    {
        using var team = new ThreadTeam(2, "test");
        using var workspace = new GemmWorkspace();
        using var product = new GemmCase<float>(new GemmShape(64, 96, 300, Bias: true));
        GemmProblem<float> problem = product.Problem;
        MatrixProduct.Multiply(problem, workspace, team);
        long held = workspace.Bytes;
        Allocations.AssertNone(() => MatrixProduct.Multiply(problem, workspace, team), warmUps: 50, repeatsInARound: 20);
        Assert.Equal(held, workspace.Bytes);
    }

    [Fact]
    public unsafe void Multiply_WithImpossibleArguments_NamesTheArgument()
    {
        using var workspace = new GemmWorkspace();
        using var product = new GemmCase<float>(new GemmShape(4, 5, 6));
        GemmProblem<float> good = product.Problem;
        var shortRow = Assert.Throws<ArgumentException>(() => MatrixProduct.Multiply(With(good, leadingB: 4), workspace));
        Assert.Contains("leading dimension of B is 4; its rows have 5", shortRow.Message, StringComparison.Ordinal);
        var noMatrix = Assert.Throws<ArgumentNullException>(() => MatrixProduct.Multiply(With(good, leadingB: 5, noA: true), workspace));
        Assert.Contains("A of 4 by 6", noMatrix.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => MatrixProduct.Multiply(With(good, leadingB: 5, m: -1), workspace));
        Assert.Throws<ArgumentOutOfRangeException>(() => MatrixProduct.Multiply(good, workspace, null, (GemmPath)17));
        workspace.Dispose();
        Assert.Throws<ObjectDisposedException>(() => MatrixProduct.Multiply(good, workspace));

        static GemmProblem<float> With(GemmProblem<float> p, int leadingB, bool noA = false, int m = 4) => new()
        {
            M = m,
            N = p.N,
            K = p.K,
            A = noA ? null : p.A,
            LeadingA = p.LeadingA,
            B = p.B,
            LeadingB = leadingB,
            C = p.C,
            LeadingC = p.LeadingC,
        };
    }

    [Fact]
    public void Multiply_PathThatTheMachineLacks_SaysSo()
    {
        GemmPath[] missing = [.. Enum.GetValues<GemmPath>().Where(path => !MatrixProduct.IsAvailable(path))];
        using var workspace = new GemmWorkspace();
        using var product = new GemmCase<float>(new GemmShape(4, 5, 6));
        foreach (GemmPath path in missing)
        {
            var thrown = Assert.Throws<PlatformNotSupportedException>(() => MatrixProduct.Multiply(product.Problem, workspace, null, path));
            Assert.Contains(path.ToString(), thrown.Message, StringComparison.Ordinal);
        }
        Assert.DoesNotContain(GemmPath.Scalar, missing);
    }

    [Fact]
    public void Workspace_AfterDispose_HoldsNothing()
    {
        var workspace = new GemmWorkspace();
        Assert.Equal(0, workspace.Bytes);
        using var product = new GemmCase<float>(new GemmShape(40, 50, 60));
        product.Run(GemmPath.Auto, null, workspace);
        Assert.True(workspace.Bytes > 0);
        workspace.Dispose();
        Assert.Equal(0, workspace.Bytes);
    }

    // Zeros that end where the memory ends: reading on would stop the process.
    private static unsafe void MultiplyAtPageEnds(GemmShape shape, GemmPath path, GemmWorkspace workspace)
    {
        using PageEnd a = new(shape.M * shape.K * sizeof(float)), b = new(shape.K * shape.N * sizeof(float));
        using PageEnd c = new(shape.M * shape.N * sizeof(float)), bias = new(shape.N * sizeof(float));
        var problem = new GemmProblem<float>
        {
            M = shape.M,
            N = shape.N,
            K = shape.K,
            A = (float*)a.First,
            LeadingA = shape.TransposeA ? shape.M : shape.K,
            TransposeA = shape.TransposeA,
            B = (float*)b.First,
            LeadingB = shape.TransposeB ? shape.K : shape.N,
            TransposeB = shape.TransposeB,
            C = (float*)c.First,
            LeadingC = shape.N,
            Epilogue = new GemmEpilogue<float> { Bias = (float*)bias.First },
        };
        MatrixProduct.Multiply(problem, workspace, null, path);
        Assert.True(new ReadOnlySpan<float>((float*)c.First, shape.M * shape.N).IndexOfAnyExcept(0f) < 0, $"{shape}: zeros times zeros is not zero.");
    }

    // Row 3 holds an infinity times zero's place and row 13 a NaN; both lie in different tiles on most paths.
    private static unsafe void MarkRow(GemmProblem<float> problem)
    {
        for (int p = 0; p < problem.K; p++)
        {
            problem.A[3 * problem.LeadingA + p] = p % 2 == 0 ? float.PositiveInfinity : float.NaN;
            problem.A[13 * problem.LeadingA + p] = float.NaN;
        }
    }
}
