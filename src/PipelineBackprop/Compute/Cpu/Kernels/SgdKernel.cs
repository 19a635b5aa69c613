using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
        int end = start + count;
        if (Vector512.IsHardwareAccelerated) start = _velocity == null ? PlainWide(start, end) : WideWithMomentum(start, end);
        int rest = (end - start) % Vector<T>.Count;
        if (_velocity == null) Plain(start, end - rest);
        else WithMomentum(start, end - rest);
        if (rest > 0) Rest(end - rest, rest);
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

    // The widest vectors, whole ones; returns where they end. The numbers are those of the others.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int PlainWide(int i, int end)
    {
        T* gradient = _gradient, parameter = _parameter;
        Vector512<T> rate = Wide.All(_rate), scale = Wide.All(_scale), coupled = Wide.All(_coupled), decoupled = Wide.All(_decoupled);
        for (; i <= end - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            Wide.Ahead(gradient + i);
            Wide.Ahead(parameter + i);
            Vector512<T> w = Vector512.Load(parameter + i), total = scale * Vector512.Load(gradient + i) + coupled * w;
            (w - rate * (total + decoupled * w)).Store(parameter + i);
        }
        return i;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int WideWithMomentum(int i, int end)
    {
        T* gradient = _gradient, velocity = _velocity, parameter = _parameter;
        Vector512<T> rate = Wide.All(_rate), scale = Wide.All(_scale), momentum = Wide.All(_momentum), coupled = Wide.All(_coupled), decoupled = Wide.All(_decoupled);
        bool nesterov = _nesterov;
        for (; i <= end - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            Wide.Ahead(gradient + i);
            Wide.Ahead(velocity + i);
            Wide.Ahead(parameter + i);
            Vector512<T> w = Vector512.Load(parameter + i), total = scale * Vector512.Load(gradient + i) + coupled * w;
            Vector512<T> v = momentum * Vector512.Load(velocity + i) + total;
            v.Store(velocity + i);
            (w - rate * ((nesterov ? total + momentum * v : v) + decoupled * w)).Store(parameter + i);
        }
        return i;
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
