using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PipelineBackprop.Compute.Cpu;

/// <summary><see cref="SgdStep"/> with momentum, Nesterov's or not.</summary>
internal readonly unsafe struct MomentumRule<T>(SgdStep step, T* gradient, T* velocity) : IUpdateRule<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SgdConstants<T> _step = new(step);
    private readonly Vector512<T> _momentum = Wide.Create<T>(step.Momentum);
    private readonly bool _nesterov = step.Nesterov;
    private readonly T* _gradient = gradient, _velocity = velocity;

    /// <inheritdoc/>
    public static int Weight => 2;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ahead(int i)
    {
        Wide.Ahead(_gradient + i);
        Wide.Ahead(_velocity + i);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Step(int i, int count, Vector512<T> w)
    {
        Vector512<T> total = _step.Total(Wide.Load(_gradient + i, count), w), velocity = Velocity(Wide.Load(_velocity + i, count), total);
        Wide.Store(velocity, _velocity + i, count);
        return _step.Move(w, Direction(total, velocity));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<T> Velocity(Vector512<T> before, Vector512<T> total) => Wide.MultiplyAdd(_momentum, before, total);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<T> Direction(Vector512<T> total, Vector512<T> velocity) => _nesterov ? Wide.MultiplyAdd(_momentum, velocity, total) : velocity;
}
