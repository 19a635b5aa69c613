using System.Numerics;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>An activation's slope as a function g of what the forward pass saved (h or z, see <see cref="Activation.DerivativeFromOutput"/>).</summary>
internal interface ISlope<T>
{
    /// <summary>As <see cref="IRangeKernel.Weight"/>.</summary>
    static virtual int Weight => 8;

    /// <summary>g(saved) in every lane, and its derivative by what was saved.</summary>
    Vector<T> Invoke(Vector<T> saved, out Vector<T> derivative);
}

/// <summary>rdx = rdy ⊙ g(saved) + dy ⊙ g'(saved) ⊙ rsaved elementwise; rdx may be any of the others.</summary>
internal readonly unsafe struct SlopeTangentKernel<T, TSlope>(TSlope slope, T* saved, T* rsaved, T* dy, T* rdy, T* rdx) : IRangeKernel
    where T : unmanaged
    where TSlope : struct, ISlope<T>
{
    private readonly TSlope _slope = slope;
    private readonly T* _saved = saved, _rsaved = rsaved, _dy = dy, _rdy = rdy, _rdx = rdx;

    /// <inheritdoc/>
    public static int Weight => TSlope.Weight;

    /// <inheritdoc/>
    public void Execute(int start, int count)
    {
        TSlope slope = _slope;
        T* saved = _saved + start, rsaved = _rsaved + start, dy = _dy + start, rdy = _rdy + start, rdx = _rdx + start;
        for (int i = 0; i < count; i += Vector<T>.Count)
        {
            int left = count - i;
            Vector<T> g = slope.Invoke(Lanes.Load(saved + i, left), out Vector<T> derivative);
            Vector<T> bent = Lanes.Load(dy + i, left) * derivative * Lanes.Load(rsaved + i, left);
            Lanes.Store(Lanes.Load(rdy + i, left) * g + bent, rdx + i, left);
        }
    }
}
