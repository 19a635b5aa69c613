using System.Numerics;
using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>
/// target[c] = (accumulate ? target[c] : 0) + Σ over rows r of a[r, c] · b[r, c], in row order; b null stands for ones. A range of columns, along four
/// rows at a time: down a column every line would come from another page, and few of them would be foreseen.
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
        if (!_accumulate) new Span<T>(_target + start, count).Clear();
        int width = Vector<T>.Count, whole = start + count - count % width, row = 0;
        for (; row <= _rows - 4; row += 4) AddFour(row, start, whole);
        for (int column = start; column < whole; column += width) AddRest(row, column, width);
        if (count % width != 0) AddRest(0, whole, count % width);
    }

    private void AddFour(int row, int column, int end)
    {
        T* a = _a + (nint)row * _columns, b = _b == null ? null : _b + (nint)row * _columns;
        nint two = 2 * (nint)_columns, three = 3 * (nint)_columns;
        for (; column < end; column += Vector<T>.Count)
        {
            Vector<T> sum = Vector.Load(_target + column);
            sum += Term(a, b, column);
            sum += Term(a, b, column + _columns);
            sum += Term(a, b, column + two);
            sum += Term(a, b, column + three);
            sum.Store(_target + column);
        }
    }

    // All rows from one on. A vector may reach over the last column into the next row, whose lanes are never stored, but not over the end of the matrix.
    private void AddRest(int row, int column, int left)
    {
        Vector<T> sum = Lanes.Load(_target + column, left);
        nint first = (nint)row * _columns + column;
        T* a = _a + first, b = _b == null ? null : _b + first, end = _a + (long)_rows * _columns;
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Term(T* a, T* b, nint offset = 0) =>
        b == null ? Vector.Load(a + offset) : Vector.Load(a + offset) * Vector.Load(b + offset);
}
