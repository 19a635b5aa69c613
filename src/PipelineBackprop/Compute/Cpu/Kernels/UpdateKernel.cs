using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>
/// One step of an optimizer over a range of a parameter, and squares[start / block] = Σ w² of what it leaves, so that the next step's s needs no pass of its own:
/// the bits of <see cref="SumOfSquaresKernel{T}"/>.
/// </summary>
internal readonly unsafe struct UpdateKernel<T, TRule>(TRule rule, T* parameter, int block, double* squares) : IRangeKernel
    where T : unmanaged
    where TRule : struct, IUpdateRule<T>
{
    private readonly TRule _rule = rule;
    private readonly T* _parameter = parameter;
    private readonly int _block = block;
    private readonly double* _squares = squares;

    /// <inheritdoc/>
    public static int Weight => TRule.Weight;

    /// <inheritdoc/>
    public void Execute(int start, int count)
    {
        int rest = count % Squares<T>.Round, end = start + count - rest;
        double sum = Whole(start, end);
        if (rest > 0) sum += Rest(end, rest);
        _squares[start / _block] = sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private double Whole(int start, int end)
    {
        TRule rule = _rule;
        T* parameter = _parameter;
        Vector512<double> sum0 = Vector512<double>.Zero, sum1 = sum0, sum2 = sum0, sum3 = sum0;
        for (int i = start; i < end; i += Squares<T>.Round)
        {
            int width = Vector512<T>.Count, j = i + width;
            T* w = parameter + i, v = parameter + j;
            Wide.Ahead(w);
            rule.Ahead(i);
            Wide.Ahead(v);
            rule.Ahead(j);
            rule.Step(i, width, Vector512.Load(w)).Store(w);
            rule.Step(j, width, Vector512.Load(v)).Store(v);
            sum0 = Squares<T>.Add(sum0, w, 0);
            sum1 = Squares<T>.Add(sum1, w, 1);
            sum2 = Squares<T>.Add(sum2, w, 2);
            sum3 = Squares<T>.Add(sum3, w, 3);
        }
        return Squares<T>.Total(sum0, sum1, sum2, sum3);
    }

    // In a method of its own: calls beside the loop would take its registers away.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private double Rest(int i, int count)
    {
        T* w = _parameter + i;
        for (int done = 0; done < count; done += Vector512<T>.Count)
        {
            int own = Math.Min(Vector512<T>.Count, count - done);
            Wide.Store(_rule.Step(i + done, own, Wide.Load(w + done, own)), w + done, own);
        }
        return Squares<T>.Rest(w, count);
    }
}
