namespace PipelineBackprop.Compute.Gemm;

/// <summary>Rows of A that one kernel takes together, packed or in place.</summary>
internal readonly unsafe struct GemmStrip<T>
    where T : unmanaged
{
    /// <summary>The first of the rows, counted from the block's.</summary>
    internal int Row { get; private init; }

    /// <summary>How many rows there are, at most a tile's.</summary>
    internal int Rows { get; private init; }

    /// <summary>The first element.</summary>
    internal byte* A { get; private init; }

    /// <summary>Bytes from one row to the next.</summary>
    internal nint RowBytes { get; private init; }

    /// <summary>Bytes from one inner step to the next.</summary>
    internal nint StepBytes { get; private init; }

    /// <summary>A strip whose rows and steps are so many elements apart.</summary>
    internal static GemmStrip<T> Of(int row, int rows, T* a, nint aRow, nint aStep) =>
        new() { Row = row, Rows = rows, A = (byte*)a, RowBytes = aRow * sizeof(T), StepBytes = aStep * sizeof(T) };
}
