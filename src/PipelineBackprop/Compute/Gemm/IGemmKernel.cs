namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// A family of register-blocked kernels: the full tile of <see cref="Rows"/> × <see cref="Columns"/> and smaller ones for the edge.
/// Every kernel computes every element of its tile as fma(a[k−1], b[k−1], … fma(a[0], b[0], 0)), so the size of the tile leaves no
/// trace in the numbers.
/// </summary>
internal unsafe interface IGemmKernel<T>
    where T : unmanaged
{
    /// <summary>Rows of a full tile.</summary>
    static abstract int Rows { get; }

    /// <summary>Columns of a full tile.</summary>
    static abstract int Columns { get; }

    /// <summary>
    /// The rows the kernel reads and writes for a tile of <paramref name="rows"/> × <paramref name="columns"/>: at least
    /// <paramref name="rows"/>, at most <see cref="Rows"/>.
    /// </summary>
    static abstract int Height(int rows, int columns);

    /// <summary>The columns the kernel writes for a tile of <paramref name="columns"/>: at least that, at most <see cref="Columns"/>.</summary>
    static abstract int Width(int columns);

    /// <summary>Rows of a tile, whole in its columns and over a packed panel of A, from which on its kernel asks for memory ahead.</summary>
    static abstract int MinRowsToAsk { get; }

    /// <summary>Whether kernels that ask for memory ahead have loads to spare for asking for what will be packed.</summary>
    static abstract bool AsksForSources { get; }

    /// <summary>Whether <see cref="ComputeAndPack"/> is there, and faster than packing B before it is used.</summary>
    static abstract bool PacksOnTheWay { get; }

    /// <summary>
    /// Writes a · b to a tile of <paramref name="rows"/> × <paramref name="columns"/>; <see cref="Height"/> rows of a and
    /// <see cref="Columns"/> columns of b are read, <see cref="Height"/> × <see cref="Width"/> elements of c written.
    /// </summary>
    /// <typeparam name="TWrite">Whether the tile is overwritten or added to.</typeparam>
    /// <param name="rows">Rows wanted.</param>
    /// <param name="columns">Columns wanted.</param>
    /// <param name="k">Steps of the inner dimension, at least 1.</param>
    /// <param name="a">First element of the panel of A.</param>
    /// <param name="aRow">Bytes from one row of A to the next.</param>
    /// <param name="aStep">Bytes from one inner step of A to the next; fastest with one element, or a packed panel's <see cref="Rows"/>.</param>
    /// <param name="b">First element of the panel of B; a row is contiguous.</param>
    /// <param name="bStep">Bytes from one inner step of B to the next.</param>
    /// <param name="c">First element of the tile; a row is contiguous.</param>
    /// <param name="cRow">Elements from one row of the tile to the next.</param>
    /// <param name="ahead">What is needed soon, for kernels that ask for it.</param>
    static abstract void Compute<TWrite>(int rows, int columns, nint k, byte* a, nint aRow, nint aStep, byte* b, nint bStep, T* c, nint cRow, in GemmAhead ahead)
        where TWrite : struct, ITileWrite;

    /// <summary>A full tile over a packed panel of A and rows of B where they lie, which become the panel on the way; parameters as in <see cref="Compute"/>.</summary>
    static abstract void ComputeAndPack<TWrite>(nint k, byte* a, byte* b, nint bStep, T* c, nint cRow, in GemmAhead ahead, T* panel)
        where TWrite : struct, ITileWrite;
}
