namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// A product with its transposes turned into strides (in elements): op(A)[i,p] is A[i·ARow + p·AStep], op(B)[p,j] is
/// B[p·BStep + j·BColumn], C[i,j] is C[i·CRow + j·CColumn]. One stride of each matrix is 1.
/// </summary>
internal readonly unsafe struct GemmView<T>
    where T : unmanaged
{
    private GemmView(in GemmProblem<T> problem)
    {
        M = problem.M;
        N = problem.N;
        K = problem.K;
        A = problem.A;
        (ARow, AStep) = problem.TransposeA ? ((nint)1, (nint)problem.LeadingA) : (problem.LeadingA, 1);
        B = problem.B;
        (BStep, BColumn) = problem.TransposeB ? ((nint)1, (nint)problem.LeadingB) : (problem.LeadingB, 1);
        PackedB = problem.PackedB;
        C = problem.C;
        CRow = problem.LeadingC;
        CColumn = 1;
        Accumulate = problem.Accumulate;
        Epilogue = problem.Epilogue;
        Squares = problem.Squares;
    }

    // Cᵀ = op(B)ᵀ op(A)ᵀ: the same elements with the same sums, computed the other way round.
    private GemmView(in GemmView<T> view)
    {
        (M, N, K) = (view.N, view.M, view.K);
        A = view.B;
        (ARow, AStep) = (view.BColumn, view.BStep);
        B = view.A;
        (BStep, BColumn) = (view.AStep, view.ARow);
        C = view.C;
        (CRow, CColumn) = (view.CColumn, view.CRow);
        Accumulate = view.Accumulate;
        Epilogue = view.Epilogue;
        Squares = view.Squares;
        IsTransposed = !view.IsTransposed;
    }

    internal int M { get; }

    internal int N { get; }

    internal int K { get; }

    internal T* A { get; }

    internal nint ARow { get; }

    internal nint AStep { get; }

    internal T* B { get; }

    internal nint BStep { get; }

    /// <summary>As in <see cref="GemmProblem{T}"/>; never in a transposed product.</summary>
    internal T* PackedB { get; }

    internal nint BColumn { get; }

    internal T* C { get; }

    internal nint CRow { get; }

    internal nint CColumn { get; }

    internal bool Accumulate { get; }

    /// <summary>Whether rows of this view are columns of C in memory; strides alone do not tell where C has one column.</summary>
    internal bool IsTransposed { get; }

    /// <summary>Speaks of C as it lies in memory, also when the product is transposed.</summary>
    internal GemmEpilogue<T> Epilogue { get; }

    /// <summary>As in <see cref="GemmProblem{T}"/>.</summary>
    internal double* Squares { get; }

    internal static GemmView<T> Of(in GemmProblem<T> problem) => new(problem);

    /// <summary>The product that computes the transpose of C; the numbers are the same bit for bit.</summary>
    internal GemmView<T> Transposed() => new(this);
}
