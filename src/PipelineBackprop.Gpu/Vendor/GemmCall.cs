namespace PipelineBackprop.Gpu.Vendor;

/// <summary>
/// A product as BLAS takes it: C = op(A) op(B), column-major, m×n with inner dimension k. Row-major C = op(a) op(b) is column-major Cᵀ = op(b)ᵀ op(a)ᵀ, and a
/// row-major matrix read column-major is its own transpose: so the operands change places and keep their transpositions.
/// </summary>
/// <param name="TransposeFirst">Whether BLAS transposes its first operand, which is our b.</param>
/// <param name="TransposeSecond">Whether BLAS transposes its second operand, which is our a.</param>
/// <param name="M">Rows of Cᵀ: our columns.</param>
/// <param name="N">Columns of Cᵀ: our rows.</param>
/// <param name="K">Inner dimension.</param>
/// <param name="LeadingFirst">Elements between the columns of the first operand: the columns of our b.</param>
/// <param name="LeadingSecond">Elements between the columns of the second operand: the columns of our a.</param>
/// <param name="LeadingResult">Elements between the columns of the result: our columns.</param>
internal readonly record struct GemmCall(
    bool TransposeFirst, bool TransposeSecond, int M, int N, int K, int LeadingFirst, int LeadingSecond, int LeadingResult)
{
    /// <summary>c [rows×columns] = op(a) op(b), all row-major; a and b have those numbers of columns as they are stored.</summary>
    internal static GemmCall RowMajor(int rows, int columns, int inner, bool transposeA, int columnsOfA, bool transposeB, int columnsOfB) =>
        new(transposeB, transposeA, columns, rows, inner, columnsOfB, columnsOfA, columns);
}
