using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>Tiles of up to 6 rows by 2 vectors, for machines with 16 vector registers and for the scalar path.</summary>
internal readonly unsafe struct GemmKernel6<T, TVector, TSimd> : IGemmKernel<T>
    where T : unmanaged
    where TVector : struct
    where TSimd : struct, ISimd<T, TVector>
{
    /// <inheritdoc/>
    public static int Rows => 6;

    /// <inheritdoc/>
    public static int Columns => 2 * TSimd.Count;

    /// <inheritdoc/>
    public static int Height(int rows, int columns) => rows > 4 ? 6 : rows > 1 ? 4 : 1;

    /// <inheritdoc/>
    public static int Width(int columns) => Columns;

    /// <inheritdoc/>
    public static int MinRowsToAsk => 5;

    /// <inheritdoc/>
    public static bool AsksForSources => false;

    /// <inheritdoc/>
    public static bool PacksOnTheWay => false;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Compute<TWrite>(int rows, int columns, nint k, byte* a, nint aRow, nint aStep, byte* b, nint bStep, T* c, nint cRow, in GemmAhead ahead)
        where TWrite : struct, ITileWrite
    {
        if (rows == 1)
            MicroKernel1x2<T, TVector, TSimd>.Run<TWrite>(k, a, aStep, b, bStep, c);
        else if (aStep == sizeof(T))
            Choose<TWrite, StepOf1>(rows, k, a, aRow, aStep, b, bStep, c, cRow);
        else if (aStep != Rows * sizeof(T))
            Choose<TWrite, AnyStep>(rows, k, a, aRow, aStep, b, bStep, c, cRow);
        else if (rows < MinRowsToAsk || bStep != Columns * sizeof(T))
            Choose<TWrite, StepOf6>(rows, k, a, aRow, aStep, b, bStep, c, cRow);
        else if (ahead.Next == null)
            PackedKernel6x2<T, TVector, TSimd>.Run<TWrite, NothingAhead>(k, (T*)a, (T*)b, c, cRow, ahead);
        else
            PackedKernel6x2<T, TVector, TSimd>.Run<TWrite, LinesAhead>(k, (T*)a, (T*)b, c, cRow, ahead);
    }

    /// <inheritdoc/>
    public static void ComputeAndPack<TWrite>(nint k, byte* a, byte* b, nint bStep, T* c, nint cRow, in GemmAhead ahead, T* panel)
        where TWrite : struct, ITileWrite => throw new NotSupportedException("Tiles of 6 rows pack nothing on the way.");

    private static void Choose<TWrite, TStep>(int rows, nint k, byte* a, nint aRow, nint aStep, byte* b, nint bStep, T* c, nint cRow)
        where TWrite : struct, ITileWrite
        where TStep : struct, IStep
    {
        if (rows > 4)
            MicroKernel6x2<T, TVector, TSimd>.Run<TWrite, TStep>(k, a, aRow, aStep, b, bStep, c, cRow);
        else
            MicroKernel4x2<T, TVector, TSimd>.Run<TWrite, TStep>(k, a, aRow, aStep, b, bStep, c, cRow);
    }
}
