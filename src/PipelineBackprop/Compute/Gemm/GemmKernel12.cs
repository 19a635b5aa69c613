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
    public static int MinRowsToAsk => 11;

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
            Choose<TWrite, StepOf1>(rows, columns, k, a, aRow, aStep, b, bStep, c, cRow);
        else if (aStep != Rows * sizeof(T))
            Choose<TWrite, AnyStep>(rows, columns, k, a, aRow, aStep, b, bStep, c, cRow);
        else if (rows < MinRowsToAsk || columns <= TSimd.Count)
            Choose<TWrite, StepOf12>(rows, columns, k, a, aRow, aStep, b, bStep, c, cRow);
        else if (ahead.Next == null)
            PackedKernel12x2<T, TVector, TSimd, TFolding>.Run<TWrite, NothingAhead, NothingPacked>(k, (T*)a, b, bStep, c, cRow, ahead, null);
        else
            PackedKernel12x2<T, TVector, TSimd, TFolding>.Run<TWrite, LinesAhead, NothingPacked>(k, (T*)a, b, bStep, c, cRow, ahead, null);
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

    private static void Choose<TWrite, TStep>(int rows, int columns, nint k, byte* a, nint aRow, nint aStep, byte* b, nint bStep, T* c, nint cRow)
        where TWrite : struct, ITileWrite
        where TStep : struct, IStep
    {
        if (columns <= TSimd.Count)
            MicroKernel12x1<T, TVector, TSimd>.Run<TWrite, TStep>(k, a, aRow, aStep, b, bStep, c, cRow);
        else if (rows > 10)
            MicroKernel12x2<T, TVector, TSimd>.Run<TWrite, TStep>(k, a, aRow, aStep, b, bStep, c, cRow);
        else if (rows > 8)
            MicroKernel10x2<T, TVector, TSimd>.Run<TWrite, TStep>(k, a, aRow, aStep, b, bStep, c, cRow);
        else if (rows > 4)
            MicroKernel8x2<T, TVector, TSimd>.Run<TWrite, TStep>(k, a, aRow, aStep, b, bStep, c, cRow);
        else
            MicroKernel4x2<T, TVector, TSimd>.Run<TWrite, TStep>(k, a, aRow, aStep, b, bStep, c, cRow);
    }
}
