using System.Numerics;
using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>An elementwise function of one argument.</summary>
internal interface IUnaryOperator<T>
{
    /// <summary>As <see cref="IRangeKernel.Weight"/>.</summary>
    static virtual int Weight => 1;

    /// <summary>The function in every lane.</summary>
    Vector<T> Invoke(Vector<T> x);
}

/// <summary>y = f(x) elementwise; y may be x.</summary>
internal readonly unsafe struct MapKernel<T, TOperator>(TOperator f, T* x, T* y) : IRangeKernel
    where T : unmanaged
    where TOperator : struct, IUnaryOperator<T>
{
    private readonly TOperator _f = f;
    private readonly T* _x = x, _y = y;

    /// <inheritdoc/>
    public static int Weight => TOperator.Weight;

    /// <summary>y = f(x) for a tile; <paramref name="f"/> points to the operator. What an epilogue calls.</summary>
    public static void Finish(void* f, T* x, nint xRow, T* y, nint yRow, int rows, int columns)
    {
        for (; rows > 0; rows--, x += xRow, y += yRow) new MapKernel<T, TOperator>(Unsafe.AsRef<TOperator>(f), x, y).Execute(0, columns);
    }

    /// <inheritdoc/>
    public void Execute(int start, int count)
    {
        int rest = count % Vector<T>.Count, whole = count - rest;
        T* x = _x + start, y = _y + start;
        Whole(x, y, whole);
        if (rest > 0) Lanes.Store(_f.Invoke(Lanes.Load(x + whole, rest)), y + whole, rest);
    }

    // Apart from the last few elements: a call behind the loop would take its registers away.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Whole(T* x, T* y, int count)
    {
        TOperator f = _f;
        for (int i = 0; i < count; i += Vector<T>.Count) f.Invoke(Vector.Load(x + i)).Store(y + i);
    }
}
