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
        for (int i = start; i < start + count; i += Vector<T>.Count)
        {
            int left = start + count - i;
            Vector<T> size = Vector.Abs(Lanes.Load(_o + i, left) - Lanes.Load(_y + i, left));
            Vector<T> inner = Lanes.Load(_ro + i, left) * scale;
            Lanes.Store(Vector.ConditionalSelect(Vector.GreaterThan(size, delta), Vector<T>.Zero, inner), _rgradient + i, left);
        }
    }
}
