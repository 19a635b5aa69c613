using System.Numerics;
using PipelineBackprop.Compute.Threading;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// The matrix product C[m,n] = φ((C +) op(A)[m,k] · op(B)[k,n] (+ bias)) of float or double.
/// <para>
/// Numbers: k is cut into blocks of a length that depends on k alone. Within a block every element of C is
/// s = fma(a[p−1], b[p−1], … fma(a[0], b[0], 0)), p ascending; then C ← C + s block after block (C ← s for the first block unless accumulating,
/// so an accumulated result starts from C), and C ← C + bias and φ at the end. No other size, no position in the matrix, no path and no thread count changes
/// an element's bits.
/// </para>
/// </summary>
internal static unsafe class MatrixProduct
{
    /// <summary>
    /// Computes one product; allocates nothing on the managed heap. m or n = 0 does nothing; k = 0 leaves C, or zero without accumulation,
    /// plus the bias.
    /// </summary>
    /// <param name="problem">Sizes, operands and epilogue.</param>
    /// <param name="workspace">Packing buffers; grows on first use of a size. Not shared with a product that runs at the same time.</param>
    /// <param name="team">Threads to divide C among; null computes on the caller.</param>
    /// <param name="path">The instructions to use.</param>
    /// <param name="door">Where other threads may come in to help; null for none.</param>
    /// <exception cref="ArgumentException">A size, leading dimension or pointer is impossible.</exception>
    /// <exception cref="PlatformNotSupportedException">This machine cannot run <paramref name="path"/>.</exception>
    public static void Multiply<T>(in GemmProblem<T> problem, GemmWorkspace workspace, ThreadTeam? team = null, GemmPath path = GemmPath.Auto, OpenJob? door = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
            throw new NotSupportedException($"The matrix product knows float and double, not {typeof(T).Name}.");
        ArgumentNullException.ThrowIfNull(workspace);
        problem.Validate();
        var driver = GemmDriver<T>.Of(path);
        if (problem.Squares != null)
            *problem.Squares = double.NaN;
        if (problem.M == 0 || problem.N == 0)
            return;
        if (problem.K == 0)
            WithoutInnerDimension(problem);
        else
            driver.Multiply(GemmView<T>.Of(problem), workspace, team, door);
    }

    /// <summary>Bytes that a product of these sizes takes of its workspace on the best path.</summary>
    /// <param name="sizes">The product.</param>
    /// <param name="threads">Threads to divide it among, at least 1.</param>
    public static long WorkspaceBytes<T>(in ProductSizes sizes, int threads)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (sizes.Rows == 0 || sizes.Columns == 0 || sizes.Inner == 0) return 0;
        // Asked only whether they are there, never read.
        var packing = sizes.HasPacking ? (T*)sizeof(double) : null;
        double* squares = sizes.SumsSquares ? (double*)sizeof(double) : null;
        return GemmDriver<T>.Of(GemmPath.Auto).WorkspaceBytes(
            GemmView<T>.Of(new GemmProblem<T>
            {
                M = sizes.Rows,
                N = sizes.Columns,
                K = sizes.Inner,
                A = null,
                LeadingA = sizes.TransposeA ? sizes.Rows : sizes.Inner,
                TransposeA = sizes.TransposeA,
                B = null,
                PackedB = packing,
                LeadingB = sizes.TransposeB ? sizes.Inner : sizes.Columns,
                TransposeB = sizes.TransposeB,
                C = null,
                LeadingC = sizes.Columns,
                Squares = squares,
            }), threads);
    }

    /// <summary>Bytes that a thread needs which helps with products on the best path.</summary>
    public static long GuestBytes<T>()
        where T : unmanaged, IFloatingPointIeee754<T> => GemmDriver<T>.Of(GemmPath.Auto).GuestBytes;

    /// <summary>Columns of a panel of <see cref="GemmProblem{T}.PackedB"/> on the best path.</summary>
    public static int PanelColumns<T>()
        where T : unmanaged, IFloatingPointIeee754<T> => GemmDriver<T>.Of(GemmPath.Auto).PanelColumns;

    /// <summary>True when this machine can run <paramref name="path"/>.</summary>
    public static bool IsAvailable(GemmPath path) => GemmDriver<float>.IsAvailable(path);

    // An empty sum: C or 0, then the epilogue.
    private static void WithoutInnerDimension<T>(in GemmProblem<T> problem)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        GemmEpilogue<T> epilogue = problem.Epilogue;
        for (int i = 0; i < problem.M; i++)
        {
            T* row = problem.C + (nint)i * problem.LeadingC, other = epilogue.Other == null ? row : epilogue.Other + (nint)i * epilogue.LeadingOther;
            if (!problem.Accumulate)
                new Span<T>(row, problem.N).Clear();
            for (int j = 0; epilogue.Bias != null && j < problem.N; j++)
                row[j] += epilogue.Bias[j];
            if (epilogue.Function != null)
                epilogue.Function(epilogue.Operator, row, 0, other, 0, 1, problem.N);
        }
    }
}
