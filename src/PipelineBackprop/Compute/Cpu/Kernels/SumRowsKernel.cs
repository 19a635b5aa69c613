using System.Numerics;
using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>
/// target[c] = (accumulate ? target[c] : 0) + Σ over rows r of a[r, c] · b[r, c], in row order; b null stands for ones. A range of columns, eight vectors
/// side by side down the rows as long as there are so many.
/// </summary>
internal readonly unsafe struct SumRowsKernel<T>(T* a, T* b, int rows, int columns, T* target, bool accumulate) : IRangeKernel
    where T : unmanaged
{
    private readonly T* _a = a, _b = b, _target = target;
    private readonly int _rows = rows, _columns = columns;
    private readonly bool _accumulate = accumulate;

    /// <inheritdoc/>
    public void Execute(int start, int count)
    {
        int width = Vector<T>.Count, column = start, end = start + count;
        for (; column <= end - 8 * width; column += 8 * width) Eight(column);
        for (; column < end; column += width) One(column, Math.Min(width, end - column));
    }

    private void Eight(int column)
    {
        int width = Vector<T>.Count;
        Vector<T> s0 = Start(column, width), s1 = Start(column + width, width), s2 = Start(column + 2 * width, width), s3 = Start(column + 3 * width, width);
        Vector<T> s4 = Start(column + 4 * width, width), s5 = Start(column + 5 * width, width);
        Vector<T> s6 = Start(column + 6 * width, width), s7 = Start(column + 7 * width, width);
        T* a = _a + column, b = _b == null ? null : _b + column;
        for (int row = 0; row < _rows; row++, a += _columns)
        {
            s0 += Term(a, b);
            s1 += Term(a, b, width);
            s2 += Term(a, b, 2 * width);
            s3 += Term(a, b, 3 * width);
            s4 += Term(a, b, 4 * width);
            s5 += Term(a, b, 5 * width);
            s6 += Term(a, b, 6 * width);
            s7 += Term(a, b, 7 * width);
            if (b != null) b += _columns;
        }
        T* target = _target + column;
        s0.Store(target);
        s1.Store(target + width);
        s2.Store(target + 2 * width);
        s3.Store(target + 3 * width);
        s4.Store(target + 4 * width);
        s5.Store(target + 5 * width);
        s6.Store(target + 6 * width);
        s7.Store(target + 7 * width);
    }

    // A vector may reach over the last column into the next row, whose lanes are never stored, but not over the end of the matrix.
    private void One(int column, int left)
    {
        Vector<T> sum = Start(column, left);
        T* a = _a + column, b = _b == null ? null : _b + column, end = _a + (long)_rows * _columns;
        int row = 0;
        for (; row < _rows && end - a >= Vector<T>.Count; row++, a += _columns)
        {
            sum += Term(a, b);
            if (b != null) b += _columns;
        }
        for (; row < _rows; row++, a += _columns)
        {
            Vector<T> term = Lanes.Load(a, left);
            sum += b == null ? term : term * Lanes.Load(b, left);
            if (b != null) b += _columns;
        }
        Lanes.Store(sum, _target + column, left);
    }

    private Vector<T> Start(int column, int left) => _accumulate ? Lanes.Load(_target + column, left) : Vector<T>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Term(T* a, T* b, int offset = 0) =>
        b == null ? Vector.Load(a + offset) : Vector.Load(a + offset) * Vector.Load(b + offset);
}
