using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PipelineBackprop.Compute.Cpu;

/// <summary><see cref="SgdStep"/> without momentum.</summary>
internal readonly unsafe struct SgdRule<T>(SgdStep step, T* gradient) : IUpdateRule<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SgdConstants<T> _step = new(step);
    private readonly T* _gradient = gradient;

    /// <inheritdoc/>
    public static int Weight => 2;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ahead(int i) => Wide.Ahead(_gradient + i);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Step(int i, int count, Vector512<T> w) => _step.Move(w, _step.Total(Wide.Load(_gradient + i, count), w));
}
