namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// A block of one part of a product: rows and columns of C and steps of the inner dimension, a slice of them or all, its rows or its columns cut into tasks.
/// </summary>
internal readonly struct GemmBlock
{
    /// <summary>First row of C.</summary>
    internal int FirstRow { get; init; }

    /// <summary>Row of C after the last.</summary>
    internal int EndRow { get; init; }

    /// <summary>First column of C.</summary>
    internal int FirstColumn { get; init; }

    /// <summary>Columns of C.</summary>
    internal int Columns { get; init; }

    /// <summary>First step of the inner dimension.</summary>
    internal int FirstStep { get; init; }

    /// <summary>Step of the inner dimension after the last.</summary>
    internal int EndStep { get; init; }

    /// <summary>Steps of a slice, which are summed up before C sees them; the last slice may have fewer.</summary>
    internal int Depth { get; init; }

    /// <summary>Whether no steps of the inner dimension are behind it.</summary>
    internal bool IsLast { get; init; }

    /// <summary>Rows of a task, a multiple of the tile's; the last may have fewer.</summary>
    internal int RowsPerTask { get; init; }

    /// <summary>Columns of a task, a multiple of the tile's; the last may have fewer.</summary>
    internal int ColumnsPerTask { get; init; }

    /// <summary>Rows of C.</summary>
    internal int Rows => EndRow - FirstRow;

    /// <summary>How many tasks there are.</summary>
    internal int Tasks => GemmBlocking.DivideUp(Rows, RowsPerTask) * GemmBlocking.DivideUp(Columns, ColumnsPerTask);

    /// <summary>How many slices there are.</summary>
    internal int Slices => GemmBlocking.DivideUp(EndStep - FirstStep, Depth);

    /// <summary>A slice as a block of its own.</summary>
    internal GemmBlock Slice(int number)
    {
        int first = FirstStep + number * Depth, depth = Math.Min(Depth, EndStep - first);
        return this with { FirstStep = first, EndStep = first + depth, Depth = depth, IsLast = IsLast && first + depth == EndStep };
    }
}
