namespace PipelineBackprop.Compute;

/// <summary>All of a product [Rows×Columns] that decides how much scratch it takes.</summary>
/// <param name="Rows">Rows of the result.</param>
/// <param name="Columns">Columns of the result.</param>
/// <param name="Inner">Columns of the first operand, rows of the second.</param>
/// <param name="TransposeA">Whether the first operand is stored transposed.</param>
/// <param name="TransposeB">Whether the second operand is stored transposed.</param>
/// <param name="HasPacking">Whether the second operand comes in the device's own order, see <see cref="ICompute.Pack"/>.</param>
/// <param name="SumsSquares">Whether the squares of the result may be summed on the way, see <see cref="ICompute.LinearWeightGradient"/>.</param>
public readonly record struct ProductSizes(
    int Rows, int Columns, int Inner, bool TransposeA, bool TransposeB, bool HasPacking = false, bool SumsSquares = false);
