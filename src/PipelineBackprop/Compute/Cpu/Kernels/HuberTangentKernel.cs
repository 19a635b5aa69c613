using System.Numerics;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>Elements of <see cref="ICompute.HuberTangent"/>.</summary>
internal readonly unsafe struct HuberTangentKernel<T>(T delta, T* o, T* y, T* ro, T scale, T* rgradient) : IRangeKernel
    where T : unmanaged
{
    private readonly T _delta = delta, _scale = scale;
    private readonly T* _o = o, _y = y, _ro = ro, _rgradient = rgradient;

    /// <inheritdoc/>
    public void Execute(int start, int count)
    {
        Vector<T> delta = new(_delta), scale = new(_scale);
        T* o = _o + start, y = _y + start, ro = _ro + start, rgradient = _rgradient + start;
        for (int i = 0; i < count; i += Vector<T>.Count)
        {
            int left = count - i;
            Vector<T> size = Vector.Abs(Lanes.Load(o + i, left) - Lanes.Load(y + i, left));
            Vector<T> inner = Lanes.Load(ro + i, left) * scale;
            Lanes.Store(Vector.ConditionalSelect(Vector.GreaterThan(size, delta), Vector<T>.Zero, inner), rgradient + i, left);
        }
    }
}
