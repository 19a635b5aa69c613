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
    private readonly Vector512<T> _rate = C(step.LearningRate * Unbias2(step) / (1 - Math.Pow(step.Beta1, step.Step)));
    private readonly Vector512<T> _epsilon = C(step.Epsilon * Unbias2(step)), _scale = C(step.GradientScale);
    private readonly Vector512<T> _coupled = C(step.CoupledDecay), _decoupled = C(step.LearningRate * step.DecoupledDecay);
    private readonly Vector512<T> _beta1 = C(step.Beta1), _rest1 = C(1 - step.Beta1), _beta2 = C(step.Beta2), _rest2 = C(1 - step.Beta2);
    private readonly T* _gradient = gradient, _mean = mean, _variance = variance, _parameter = parameter;

    /// <inheritdoc/>
    public static int Weight => 4;

    /// <inheritdoc/>
    public void Execute(int start, int count)
    {
        int rest = count % Vector512<T>.Count, end = start + count - rest;
        Whole(start, end);
        if (rest > 0) Rest(end, rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Whole(int start, int end)
    {
        AdamKernel<T> k = this;
        for (int i = start; i < end; i += Vector512<T>.Count)
        {
            Wide.Ahead(k._gradient + i);
            Wide.Ahead(k._mean + i);
            Wide.Ahead(k._variance + i);
            Wide.Ahead(k._parameter + i);
            Vector512<T> mean = Vector512.Load(k._mean + i), variance = Vector512.Load(k._variance + i);
            Vector512<T> w = k.Step(Vector512.Load(k._gradient + i), ref mean, ref variance, Vector512.Load(k._parameter + i));
            mean.Store(k._mean + i);
            variance.Store(k._variance + i);
            w.Store(k._parameter + i);
        }
    }

    // Less than one vector, in a method of its own: calls beside the loop would take its registers away.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Rest(int i, int count)
    {
        Vector512<T> mean = Wide.Load(_mean + i, count), variance = Wide.Load(_variance + i, count);
        Vector512<T> w = Step(Wide.Load(_gradient + i, count), ref mean, ref variance, Wide.Load(_parameter + i, count));
        Wide.Store(mean, _mean + i, count);
        Wide.Store(variance, _variance + i, count);
        Wide.Store(w, _parameter + i, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<T> Step(Vector512<T> gradient, ref Vector512<T> mean, ref Vector512<T> variance, Vector512<T> w)
    {
        Vector512<T> g = _scale * gradient + _coupled * w;
        mean = _beta1 * mean + _rest1 * g;
        variance = _beta2 * variance + _rest2 * g * g;
        return w - (_rate * mean / (Vector512.Sqrt(variance) + _epsilon) + _decoupled * w);
    }

    private static double Unbias2(in AdamStep step) => Math.Sqrt(1 - Math.Pow(step.Beta2, step.Step));

    private static Vector512<T> C(double value) => Vector512.Create(T.CreateTruncating(value));
}
