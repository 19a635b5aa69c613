namespace PipelineBackprop.Tensors;

/// <summary>
/// The shape of a tensor: a vector [Columns] or a matrix [Rows, Columns], row-major. Minibatches are matrices with one example a row.
/// The gradient of a scalar with respect to a tensor has the shape of that tensor.
/// </summary>
public readonly record struct Shape
{
    private Shape(int rank, int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        Rank = rank;
        Rows = rows;
        Columns = columns;
        long elements = (long)rows * columns;
        if (elements > int.MaxValue) throw new ArgumentException($"[{rows}×{columns}] has {elements} elements; a tensor has at most {int.MaxValue}.", nameof(columns));
        ElementCount = (int)elements;
    }

    /// <summary>A matrix of <paramref name="rows"/> × <paramref name="columns"/>; both at least 0, their product within an int.</summary>
    public static Shape Matrix(int rows, int columns) => new(2, rows, columns);

    /// <summary>A vector of <paramref name="length"/> elements.</summary>
    public static Shape Vector(int length) => new(1, 1, length);

    /// <summary>1 for a vector, 2 for a matrix.</summary>
    public int Rank { get; }

    /// <summary>Number of rows; 1 for a vector.</summary>
    public int Rows { get; }

    /// <summary>Number of columns; the length of a vector.</summary>
    public int Columns { get; }

    /// <summary>Rows × Columns.</summary>
    public int ElementCount { get; }

    /// <summary>The dimensions as an array: [length] or [rows, columns].</summary>
    public int[] ToDimensions() => Rank == 1 ? [Columns] : [Rows, Columns];

    /// <summary>Prints as <c>[3]</c> or <c>[2×3]</c>.</summary>
    public override string ToString() => Rank == 1 ? $"[{Columns}]" : $"[{Rows}×{Columns}]";
}
