using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>
/// One step of <see cref="AdamStep"/> over a range of a parameter. The corrections are taken out of the loop:
/// η m̂ / (√v̂ + ε) = η' m / (√v + ε') with η' = η √(1 − β₂ᵗ) / (1 − β₁ᵗ) and ε' = ε √(1 − β₂ᵗ), as in section 2 of the paper.
/// </summary>
internal readonly unsafe struct AdamKernel<T>(AdamStep step, T* gradient, T* mean, T* variance, T* parameter) : IRangeKernel
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vector<T> _rate = C(step.LearningRate * Unbias2(step) / (1 - Math.Pow(step.Beta1, step.Step)));
    private readonly Vector<T> _epsilon = C(step.Epsilon * Unbias2(step)), _scale = C(step.GradientScale);
    private readonly Vector<T> _coupled = C(step.CoupledDecay), _decoupled = C(step.LearningRate * step.DecoupledDecay);
    private readonly Vector<T> _beta1 = C(step.Beta1), _rest1 = C(1 - step.Beta1), _beta2 = C(step.Beta2), _rest2 = C(1 - step.Beta2);
    private readonly T* _gradient = gradient, _mean = mean, _variance = variance, _parameter = parameter;

    /// <inheritdoc/>
    public static int Weight => 4;

    /// <inheritdoc/>
    public void Execute(int start, int count)
    {
        int end = start + count;
        if (Vector512.IsHardwareAccelerated) start = WholeWide(start, end);
        int rest = (end - start) % Vector<T>.Count;
        Whole(start, end - rest);
        if (rest > 0) Rest(end - rest, rest);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Whole(int start, int end)
    {
        AdamKernel<T> k = this;
        for (int i = start; i < end; i += Vector<T>.Count)
        {
            Vector<T> mean = Vector.Load(k._mean + i), variance = Vector.Load(k._variance + i);
            Vector<T> w = k.Step(Vector.Load(k._gradient + i), ref mean, ref variance, Vector.Load(k._parameter + i));
            mean.Store(k._mean + i);
            variance.Store(k._variance + i);
            w.Store(k._parameter + i);
        }
    }

    // The widest vectors, whole ones; returns where they end. The numbers are those of the others.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int WholeWide(int i, int end)
    {
        T* gradient = _gradient, mean = _mean, variance = _variance, parameter = _parameter;
        Vector512<T> rate = Wide.All(_rate), epsilon = Wide.All(_epsilon), scale = Wide.All(_scale), coupled = Wide.All(_coupled), decoupled = Wide.All(_decoupled);
        Vector512<T> beta1 = Wide.All(_beta1), rest1 = Wide.All(_rest1), beta2 = Wide.All(_beta2), rest2 = Wide.All(_rest2);
        for (; i <= end - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            Wide.Ahead(gradient + i);
            Wide.Ahead(mean + i);
            Wide.Ahead(variance + i);
            Wide.Ahead(parameter + i);
            Vector512<T> w = Vector512.Load(parameter + i), g = scale * Vector512.Load(gradient + i) + coupled * w;
            Vector512<T> m = beta1 * Vector512.Load(mean + i) + rest1 * g, v = beta2 * Vector512.Load(variance + i) + rest2 * g * g;
            m.Store(mean + i);
            v.Store(variance + i);
            (w - (rate * m / (Vector512.Sqrt(v) + epsilon) + decoupled * w)).Store(parameter + i);
        }
        return i;
    }

    // Less than one vector, in a method of its own: calls beside the loop would take its registers away.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Rest(int i, int count)
    {
        Vector<T> mean = Lanes.Load(_mean + i, count), variance = Lanes.Load(_variance + i, count);
        Vector<T> w = Step(Lanes.Load(_gradient + i, count), ref mean, ref variance, Lanes.Load(_parameter + i, count));
        Lanes.Store(mean, _mean + i, count);
        Lanes.Store(variance, _variance + i, count);
        Lanes.Store(w, _parameter + i, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector<T> Step(Vector<T> gradient, ref Vector<T> mean, ref Vector<T> variance, Vector<T> w)
    {
        Vector<T> g = _scale * gradient + _coupled * w;
        mean = _beta1 * mean + _rest1 * g;
        variance = _beta2 * variance + _rest2 * g * g;
        return w - (_rate * mean / (Vector.SquareRoot(variance) + _epsilon) + _decoupled * w);
    }

    private static double Unbias2(in AdamStep step) => Math.Sqrt(1 - Math.Pow(step.Beta2, step.Step));

    private static Vector<T> C(double value) => new(T.CreateTruncating(value));
}
