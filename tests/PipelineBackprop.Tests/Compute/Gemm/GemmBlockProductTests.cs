using System.Runtime.Intrinsics;
using PipelineBackprop.Compute.Gemm;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Gemm;

/// <summary>A block that one thread prepares while another takes all of its tasks, which in a whole product is a matter of a moment.</summary>
public sealed unsafe class GemmBlockProductTests
{
    // Panels of A one by one and four at a time, over rows of B that are packed with the first tiles and over turned ones; edges on both sides.
    private static readonly GemmShape[] s_shapes =
    [
        new(257, 520, 345), new(257, 520, 345, TransposeA: true, Accumulate: true), new(200, 300, 700, TransposeB: true), new(400, 70, 512, TransposeA: true),
        new(400, 170, 512, TransposeA: true, TransposeB: true),
    ];

    [Fact]
    public void Multiply_HelperThatTakesEveryTask_GivesTheSameBits()
    {
        foreach (GemmShape shape in s_shapes)
        {
            using var product = new GemmCase<float>(shape);
            using var workspace = new GemmWorkspace();
            float[] expected = product.Run(GemmPath.Scalar, null, workspace);
            Assert.Equal(expected, OnlyByAHelper<GemmKernel6<float, float, SimdScalar<float>>, float, SimdScalar<float>>(product.Problem));
            if (!MatrixProduct.IsAvailable(GemmPath.Vector512Shared)) continue;
            Assert.Equal(expected, OnlyByAHelper<GemmKernel12<float, Vector512<float>, Simd512<float>, FoldedBroadcasts>, Vector512<float>, Simd512<float>>(product.Problem));
            Assert.Equal(expected, OnlyByAHelper<GemmKernel12<float, Vector512<float>, Simd512<float>, SharedBroadcasts>, Vector512<float>, Simd512<float>>(product.Problem));
        }
    }

    private static float[] OnlyByAHelper<TKernel, TVector, TSimd>(GemmProblem<float> problem)
        where TKernel : struct, IGemmKernel<float>
        where TVector : struct
        where TSimd : struct, ISimd<float, TVector>
    {
        var c = new float[problem.M * problem.N];
        new ReadOnlySpan<float>(problem.C, c.Length).CopyTo(c);
        fixed (float* place = c)
        {
            var division = new GemmDivision<float>(GemmView<float>.Of(problem with { C = place }), threads: 1, TKernel.Rows, TKernel.Columns, TKernel.AsksForSources, isOpen: true);
            using GemmWorkspace owner = Full(division.Layout.Bytes), helper = Full(division.Layout.Bytes);
            GemmPart part = division.Part(0);
            var product = new GemmBlockProduct<float, TKernel, TVector, TSimd>(division, squares: null);
            for (int number = 0; number < division.Blocks(part); number++)
            {
                GemmBlock block = division.Block(part, number);
                product.Prepare(block, owner.Reserve(1), packs: true);
                for (int task = block.Tasks - 1; task >= 0; task--)
                    product.Multiply(block, next: default, task, owner.Reserve(1), helper.Reserve(1), keeps: false, packs: true, helps: true);
                product.Finish(block);
            }
        }
        return c;
    }

    // Whatever is read before it is written is NaN.
    private static GemmWorkspace Full(long bytes)
    {
        var workspace = new GemmWorkspace();
        new Span<float>(workspace.Reserve(bytes), (int)(bytes / sizeof(float))).Fill(float.NaN);
        return workspace;
    }
}
