using System.Numerics;
using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>An elementwise function of two arguments.</summary>
internal interface IBinaryOperator<T>
{
    /// <summary>As <see cref="IRangeKernel.Weight"/>.</summary>
    static virtual int Weight => 1;

    /// <summary>The function in every lane.</summary>
    Vector<T> Invoke(Vector<T> a, Vector<T> b);
}

/// <summary>y = f(a, b) elementwise; y may be a or b.</summary>
internal readonly unsafe struct ZipKernel<T, TOperator>(TOperator f, T* a, T* b, T* y) : IRangeKernel
    where T : unmanaged
    where TOperator : struct, IBinaryOperator<T>
{
    private readonly TOperator _f = f;
    private readonly T* _a = a, _b = b, _y = y;

    /// <inheritdoc/>
    public static int Weight => TOperator.Weight;

    /// <summary>b = f(a, b) for a tile; <paramref name="f"/> points to the operator. What an epilogue calls.</summary>
    public static void Finish(void* f, T* b, nint bRow, T* a, nint aRow, int rows, int columns)
    {
        for (; rows > 0; rows--, a += aRow, b += bRow) new ZipKernel<T, TOperator>(Unsafe.AsRef<TOperator>(f), a, b, b).Execute(0, columns);
    }

    /// <inheritdoc/>
    public void Execute(int start, int count)
    {
        int rest = count % Vector<T>.Count, whole = count - rest;
        T* a = _a + start, b = _b + start, y = _y + start;
        Whole(a, b, y, whole);
        if (rest > 0) Lanes.Store(_f.Invoke(Lanes.Load(a + whole, rest), Lanes.Load(b + whole, rest)), y + whole, rest);
    }

    // Apart from the last few elements: a call behind the loop would take its registers away.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Whole(T* a, T* b, T* y, int count)
    {
        TOperator f = _f;
        for (int i = 0; i < count; i += Vector<T>.Count) f.Invoke(Vector.Load(a + i), Vector.Load(b + i)).Store(y + i);
    }
}
