using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>
/// <see cref="AdamStep"/>. The corrections are taken out of the loop: η m̂ / (√v̂ + ε) = η' m / (√v + ε') with η' = η √(1 − β₂ᵗ) / (1 − β₁ᵗ) and
/// ε' = ε √(1 − β₂ᵗ), as in section 2 of the paper.
/// </summary>
internal readonly unsafe struct AdamRule<T>(AdamStep step, T* gradient, T* mean, T* variance) : IUpdateRule<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vector512<T> _rate = Wide.Create<T>(step.LearningRate * Unbias2(step) / (1 - Math.Pow(step.Beta1, step.Step)));
    private readonly Vector512<T> _epsilon = Wide.Create<T>(step.Epsilon * Unbias2(step)), _scale = Wide.Create<T>(step.GradientScale);
    private readonly Vector512<T> _coupled = Wide.Create<T>(step.CoupledDecay), _decoupled = Wide.Create<T>(step.LearningRate * step.DecoupledDecay);
    private readonly Vector512<T> _beta1 = Wide.Create<T>(step.Beta1), _rest1 = Wide.Create<T>(1 - step.Beta1);
    private readonly Vector512<T> _beta2 = Wide.Create<T>(step.Beta2), _rest2 = Wide.Create<T>(1 - step.Beta2);
    private readonly T* _gradient = gradient, _mean = mean, _variance = variance;

    /// <inheritdoc/>
    public static int Weight => 4;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ahead(int i)
    {
        Wide.Ahead(_gradient + i);
        Wide.Ahead(_mean + i);
        Wide.Ahead(_variance + i);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Step(int i, int count, Vector512<T> w)
    {
        Vector512<T> g = Total(Wide.Load(_gradient + i, count), w);
        Vector512<T> mean = Mean(Wide.Load(_mean + i, count), g), variance = Variance(Wide.Load(_variance + i, count), g);
        Wide.Store(mean, _mean + i, count);
        Wide.Store(variance, _variance + i, count);
        return Move(w, mean, variance);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<T> Total(Vector512<T> gradient, Vector512<T> w) => _scale * gradient + _coupled * w;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<T> Mean(Vector512<T> before, Vector512<T> g) => _beta1 * before + _rest1 * g;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<T> Variance(Vector512<T> before, Vector512<T> g) => _beta2 * before + _rest2 * g * g;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<T> Move(Vector512<T> w, Vector512<T> mean, Vector512<T> variance) =>
        w - (_rate * mean / (Vector512.Sqrt(variance) + _epsilon) + _decoupled * w);

    private static double Unbias2(in AdamStep step) => Math.Sqrt(1 - Math.Pow(step.Beta2, step.Step));
}
