using System.Numerics;
using System.Runtime.Intrinsics;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>
/// Rows of <see cref="ICompute.SoftmaxCrossEntropyTangent"/>. Tangents are taken from the one of the largest output, which changes nothing, but a confident
/// row, where p is nearly 1, keeps the digits of its small result.
/// </summary>
internal readonly unsafe struct SoftmaxTangentKernel<T>(int classes, T* o, T* ro, T scale, T* rgradient) : IRangeKernel
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _classes = classes;
    private readonly T* _o = o, _ro = ro, _rgradient = rgradient;
    private readonly T _scale = scale;

    /// <inheritdoc/>
    public static int Weight => 8;

    /// <inheritdoc/>
    public void Execute(int start, int count)
    {
        for (int row = start; row < start + count; row++) Row((long)row * _classes);
    }

    private void Row(long offset)
    {
        T* o = _o + offset, ro = _ro + offset, rgradient = _rgradient + offset;
        int place = PlaceOfLargest(o);
        Vector<T> largest = new(o[place]), origin = new(ro[place]);
        Vector256<double> sum = Vector256<double>.Zero, product = Vector256<double>.Zero;
        for (int i = 0; i < _classes; i += Vector<T>.Count)
        {
            int left = _classes - i;
            Vector<T> e = Lanes.Mask(LaneMath<T>.Exp(Lanes.Load(o + i, left) - largest), left, T.Zero);
            sum = Lanes.AddTo(sum, e, i);
            product = Lanes.AddTo(product, e * (Lanes.Load(ro + i, left) - origin), i);
            Lanes.Store(e, rgradient + i, left);
        }
        double total = Lanes.Total(sum);
        Vector<T> mean = new(T.CreateTruncating(Lanes.Total(product) / total)), factor = new(T.CreateTruncating(double.CreateTruncating(_scale) / total));
        for (int i = 0; i < _classes; i += Vector<T>.Count)
        {
            int left = _classes - i;
            Lanes.Store(Lanes.Load(rgradient + i, left) * (Lanes.Load(ro + i, left) - origin - mean) * factor, rgradient + i, left);
        }
    }

    private int PlaceOfLargest(T* o)
    {
        int place = 0;
        for (int i = 1; i < _classes; i++)
            if (o[i] > o[place]) place = i;
        return place;
    }
}
