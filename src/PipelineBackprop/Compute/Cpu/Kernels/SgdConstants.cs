using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>The constants of <see cref="SgdStep"/> in every lane, and the two formulas that it has with and without momentum.</summary>
internal readonly struct SgdConstants<T>(SgdStep step)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vector512<T> _minusRate = Wide.Create<T>(-step.LearningRate), _scale = Wide.Create<T>(step.GradientScale);
    private readonly Vector512<T> _coupled = Wide.Create<T>(step.CoupledDecay), _decoupled = Wide.Create<T>(step.DecoupledDecay);
    private readonly bool _decouples = step.DecoupledDecay != 0; // adding 0 · W is an eighth of a small update

    /// <summary>g = GradientScale · gradient + CoupledDecay · W.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Total(Vector512<T> gradient, Vector512<T> w) => Wide.MultiplyAdd(_scale, gradient, _coupled * w);

    /// <summary>W − LearningRate · (d + DecoupledDecay · W).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Move(Vector512<T> w, Vector512<T> direction) => Wide.MultiplyAdd(_minusRate, _decouples ? Wide.MultiplyAdd(_decoupled, w, direction) : direction, w);
}
