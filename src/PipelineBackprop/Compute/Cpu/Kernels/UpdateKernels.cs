using System.Numerics;
using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>One step of <see cref="SgdStep"/> over a range of a parameter; velocity null without momentum.</summary>
internal readonly unsafe struct SgdKernel<T>(SgdStep step, T* gradient, T* velocity, T* parameter) : IRangeKernel
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vector<T> _rate = C(step.LearningRate), _scale = C(step.GradientScale), _momentum = C(step.Momentum);
    private readonly Vector<T> _coupled = C(step.CoupledDecay), _decoupled = C(step.DecoupledDecay);
    private readonly bool _nesterov = step.Nesterov;
    private readonly T* _gradient = gradient, _velocity = velocity, _parameter = parameter;

    /// <inheritdoc/>
    public static int Weight => 2;

    /// <inheritdoc/>
    public void Execute(int start, int count)
    {
        int rest = count % Vector<T>.Count, end = start + count - rest;
        if (_velocity == null) Plain(start, end);
        else WithMomentum(start, end);
        if (rest > 0) Rest(end, rest);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Plain(int start, int end)
    {
        SgdKernel<T> k = this;
        for (int i = start; i < end; i += Vector<T>.Count)
        {
            Vector<T> w = Vector.Load(k._parameter + i);
            k.Moved(w, k.Total(Vector.Load(k._gradient + i), w)).Store(k._parameter + i);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WithMomentum(int start, int end)
    {
        SgdKernel<T> k = this;
        for (int i = start; i < end; i += Vector<T>.Count)
        {
            Vector<T> w = Vector.Load(k._parameter + i), total = k.Total(Vector.Load(k._gradient + i), w);
            Vector<T> velocity = k._momentum * Vector.Load(k._velocity + i) + total;
            velocity.Store(k._velocity + i);
            k.Moved(w, k.Direction(total, velocity)).Store(k._parameter + i);
        }
    }

    // Less than one vector, in a method of its own: calls beside the loops would take their registers away.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Rest(int i, int count)
    {
        Vector<T> w = Lanes.Load(_parameter + i, count), total = Total(Lanes.Load(_gradient + i, count), w), direction = total;
        if (_velocity != null)
        {
            Vector<T> velocity = _momentum * Lanes.Load(_velocity + i, count) + total;
            Lanes.Store(velocity, _velocity + i, count);
            direction = Direction(total, velocity);
        }
        Lanes.Store(Moved(w, direction), _parameter + i, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector<T> Total(Vector<T> gradient, Vector<T> w) => _scale * gradient + _coupled * w;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector<T> Direction(Vector<T> total, Vector<T> velocity) => _nesterov ? total + _momentum * velocity : velocity;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector<T> Moved(Vector<T> w, Vector<T> direction) => w - _rate * (direction + _decoupled * w);

    private static Vector<T> C(double value) => new(T.CreateTruncating(value));
}

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
        int rest = count % Vector<T>.Count, end = start + count - rest;
        Whole(start, end);
        if (rest > 0) Rest(end, rest);
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
