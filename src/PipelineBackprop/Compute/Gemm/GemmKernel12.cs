using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>Tiles of up to 12 rows by 2 vectors, for machines with 32 vector registers.</summary>
internal readonly unsafe struct GemmKernel12<T, TVector, TSimd, TFolding> : IGemmKernel<T>
    where T : unmanaged
    where TVector : struct
    where TSimd : struct, ISimd<T, TVector>
    where TFolding : struct, IFolding
{
    /// <inheritdoc/>
    public static int Rows => 12;

    /// <inheritdoc/>
    public static int Columns => 2 * TSimd.Count;

    /// <inheritdoc/>
    public static int Height(int rows, int columns) => rows == 1 ? 1 : columns <= TSimd.Count || rows > 10 ? 12 : rows > 8 ? 10 : rows > 4 ? 8 : 4;

    /// <inheritdoc/>
    public static int Width(int columns) => columns <= TSimd.Count ? TSimd.Count : Columns;

    /// <inheritdoc/>
    public static int MinRowsToAsk => 5;

    /// <inheritdoc/>
    public static bool AsksForSources => !TFolding.Folds;

    /// <inheritdoc/>
    public static bool PacksOnTheWay => !TFolding.Folds;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Compute<TWrite>(int rows, int columns, nint k, byte* a, nint aRow, nint aStep, byte* b, nint bStep, T* c, nint cRow, in GemmAhead ahead)
        where TWrite : struct, ITileWrite
    {
        if (rows == 1 && columns <= TSimd.Count)
            MicroKernel1x1<T, TVector, TSimd>.Run<TWrite>(k, a, aStep, b, bStep, c);
        else if (rows == 1)
            MicroKernel1x2<T, TVector, TSimd>.Run<TWrite>(k, a, aStep, b, bStep, c);
        else if (aStep == sizeof(T))
            Choose<TWrite, StepOf1, NothingAhead>(rows, columns, k, a, aRow, aStep, b, bStep, c, cRow, ahead);
        else if (aStep != Rows * sizeof(T))
            Choose<TWrite, AnyStep, NothingAhead>(rows, columns, k, a, aRow, aStep, b, bStep, c, cRow, ahead);
        else if (ahead.Next == null)
            ComputePacked<TWrite, NothingAhead>(rows, columns, k, a, aRow, aStep, b, bStep, c, cRow, ahead);
        else if (ahead.TakesFour)
            ComputePacked<TWrite, FourLinesAhead>(rows, columns, k, a, aRow, aStep, b, bStep, c, cRow, ahead);
        else
            ComputePacked<TWrite, LinesAhead>(rows, columns, k, a, aRow, aStep, b, bStep, c, cRow, ahead);
    }

    /// <inheritdoc/>
    public static void ComputeAndPack<TWrite>(nint k, byte* a, byte* b, nint bStep, T* c, nint cRow, in GemmAhead ahead, T* panel)
        where TWrite : struct, ITileWrite
    {
        if (ahead.Next == null)
            PackedKernel12x2<T, TVector, TSimd, TFolding>.Run<TWrite, NothingAhead, RowsPacked>(k, (T*)a, b, bStep, c, cRow, ahead, panel);
        else
            PackedKernel12x2<T, TVector, TSimd, TFolding>.Run<TWrite, LinesAhead, RowsPacked>(k, (T*)a, b, bStep, c, cRow, ahead, panel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ComputePacked<TWrite, TAhead>(int rows, int columns, nint k, byte* a, nint aRow, nint aStep, byte* b, nint bStep, T* c, nint cRow, in GemmAhead ahead)
        where TWrite : struct, ITileWrite
        where TAhead : struct, IAhead
    {
        if (columns > TSimd.Count && Height(rows, columns) == Rows)
            PackedKernel12x2<T, TVector, TSimd, TFolding>.Run<TWrite, TAhead, NothingPacked>(k, (T*)a, b, bStep, c, cRow, ahead, null);
        else
            Choose<TWrite, StepOf12, TAhead>(rows, columns, k, a, aRow, aStep, b, bStep, c, cRow, ahead);
    }

    // Tiles of one vector or of up to four rows ask for nothing: beside 12 rows they would ask too late.
    private static void Choose<TWrite, TStep, TAhead>(int rows, int columns, nint k, byte* a, nint aRow, nint aStep, byte* b, nint bStep, T* c, nint cRow, in GemmAhead ahead)
        where TWrite : struct, ITileWrite
        where TStep : struct, IStep
        where TAhead : struct, IAhead
    {
        if (columns <= TSimd.Count)
            MicroKernel12x1<T, TVector, TSimd>.Run<TWrite, TStep>(k, a, aRow, aStep, b, bStep, c, cRow);
        else if (rows > 10)
            MicroKernel12x2<T, TVector, TSimd>.Run<TWrite, TStep>(k, a, aRow, aStep, b, bStep, c, cRow);
        else if (rows > 8)
            MicroKernel10x2<T, TVector, TSimd>.Run<TWrite, TStep, TAhead>(k, a, aRow, aStep, b, bStep, c, cRow, ahead);
        else if (rows > 4)
            MicroKernel8x2<T, TVector, TSimd>.Run<TWrite, TStep, TAhead>(k, a, aRow, aStep, b, bStep, c, cRow, ahead);
        else
            MicroKernel4x2<T, TVector, TSimd>.Run<TWrite, TStep>(k, a, aRow, aStep, b, bStep, c, cRow);
    }
}
