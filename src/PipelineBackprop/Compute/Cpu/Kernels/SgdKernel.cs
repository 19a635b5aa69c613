using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>One step of <see cref="SgdStep"/> over a range of a parameter; velocity null without momentum.</summary>
internal readonly unsafe struct SgdKernel<T>(SgdStep step, T* gradient, T* velocity, T* parameter) : IRangeKernel
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vector512<T> _minusRate = C(-step.LearningRate), _scale = C(step.GradientScale), _momentum = C(step.Momentum);
    private readonly Vector512<T> _coupled = C(step.CoupledDecay), _decoupled = C(step.DecoupledDecay);
    private readonly bool _nesterov = step.Nesterov;
    private readonly T* _gradient = gradient, _velocity = velocity, _parameter = parameter;

    /// <inheritdoc/>
    public static int Weight => 2;

    /// <inheritdoc/>
    public void Execute(int start, int count)
    {
        int rest = count % Vector512<T>.Count, end = start + count - rest;
        if (_velocity == null) Plain(start, end);
        else WithMomentum(start, end);
        if (rest > 0) Rest(end, rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Plain(int start, int end)
    {
        SgdKernel<T> k = this;
        for (int i = start; i < end; i += Vector512<T>.Count)
        {
            Wide.Ahead(k._gradient + i);
            Wide.Ahead(k._parameter + i);
            Vector512<T> w = Vector512.Load(k._parameter + i);
            k.Moved(w, k.Total(Vector512.Load(k._gradient + i), w)).Store(k._parameter + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void WithMomentum(int start, int end)
    {
        SgdKernel<T> k = this;
        for (int i = start; i < end; i += Vector512<T>.Count)
        {
            Wide.Ahead(k._gradient + i);
            Wide.Ahead(k._velocity + i);
            Wide.Ahead(k._parameter + i);
            Vector512<T> w = Vector512.Load(k._parameter + i), total = k.Total(Vector512.Load(k._gradient + i), w);
            Vector512<T> velocity = Wide.MultiplyAdd(k._momentum, Vector512.Load(k._velocity + i), total);
            velocity.Store(k._velocity + i);
            k.Moved(w, k.Direction(total, velocity)).Store(k._parameter + i);
        }
    }

    // Less than one vector, in a method of its own: calls beside the loops would take their registers away.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Rest(int i, int count)
    {
        Vector512<T> w = Wide.Load(_parameter + i, count), total = Total(Wide.Load(_gradient + i, count), w), direction = total;
        if (_velocity != null)
        {
            Vector512<T> velocity = Wide.MultiplyAdd(_momentum, Wide.Load(_velocity + i, count), total);
            Wide.Store(velocity, _velocity + i, count);
            direction = Direction(total, velocity);
        }
        Wide.Store(Moved(w, direction), _parameter + i, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<T> Total(Vector512<T> gradient, Vector512<T> w) => Wide.MultiplyAdd(_scale, gradient, _coupled * w);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<T> Direction(Vector512<T> total, Vector512<T> velocity) => _nesterov ? Wide.MultiplyAdd(_momentum, velocity, total) : velocity;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<T> Moved(Vector512<T> w, Vector512<T> direction) => Wide.MultiplyAdd(_minusRate, Wide.MultiplyAdd(_decoupled, w, direction), w);

    private static Vector512<T> C(double value) => Vector512.Create(T.CreateTruncating(value));
}
