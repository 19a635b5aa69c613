using PipelineBackprop.Compute.Cpu;
using PipelineBackprop.Compute.Gemm;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

internal sealed unsafe partial class CpuCompute<T>
{
    // Columns of one part of a sum over rows: a KiB of each row of float32, which the processor foresees.
    private const int ColumnBlock = 256;

    /// <inheritdoc/>
    public void SumRows(DeviceTensor x, DeviceTensor target, bool accumulate) =>
        Run(x.Columns, ColumnBlock, x.ElementCount, new SumRowsKernel<T>(Pointer(x), null, x.Rows, x.Columns, Target(target), accumulate));

    /// <inheritdoc/>
    public void SumRowsOfProduct(DeviceTensor a, DeviceTensor b, DeviceTensor target, bool accumulate) =>
        Run(a.Columns, ColumnBlock, a.ElementCount, new SumRowsKernel<T>(
            Pointer(a), Pointer(b), a.Rows, a.Columns, Target(target), accumulate));

    /// <inheritdoc/>
    public double SumOfSquares(DeviceTensor x)
    {
        CpuBuffer<T> buffer = Buffer(x);
        if (buffer.Facts.TryGetSquares(x.ElementCount, buffer.Version, out double known)) return known;
        double* partial = Scratch(Blocks(x.ElementCount));
        Run(x.ElementCount, new SumOfSquaresKernel<T>(Pointer(x), Block, partial));
        return RememberSquares(x, partial);
    }

    /// <inheritdoc/>
    public bool IsFinite(DeviceTensor x)
    {
        double* partial = Scratch(Blocks(x.ElementCount));
        Run(x.ElementCount, new FiniteKernel<T>(Pointer(x), Block, partial));
        return SumInOrder(partial, Blocks(x.ElementCount)) == 0;
    }

    private static double RememberSquares(DeviceTensor x, double* partial)
    {
        CpuBuffer<T> buffer = Buffer(x);
        double squares = SumInOrder(partial, Blocks(x.ElementCount));
        buffer.Facts.SetSquares(squares, x.ElementCount, buffer.Version);
        return squares;
    }

    /// <summary>Partial sums of so many elements.</summary>
    internal static int Blocks(int count) => GemmBlocking.DivideUp(count, Block);

    private static double SumInOrder(double* values, int count)
    {
        double sum = 0;
        for (int i = 0; i < count; i++) sum += values[i];
        return sum;
    }
}
