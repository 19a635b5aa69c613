using System.Numerics.Tensors;
using PipelineBackprop.Randomness;

namespace PipelineBackprop.Curvature;

/// <summary>
/// Hutchinson's estimate of a trace (Communications in Statistics 19, 1990): E zᵀAz = tr A for vectors z of independent signs ±1. The variance of a probe is
/// 2 Σ of the squares beside the diagonal, so a diagonal matrix needs one.
/// </summary>
public static class Hutchinson
{
    private const ulong Stream = 0x5452_4143_0000_0000; // "TRAC", and below it the probe's number

    /// <summary>Takes that many probes, at least 1. The same seed gives the same bits, and more probes begin with the same ones.</summary>
    public static async Task<TraceEstimate> TraceAsync(
        ISymmetricOperator matrix, int probes, ulong seed = 0, IProgress<TraceEstimate>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentOutOfRangeException.ThrowIfLessThan(probes, 1);
        double[] signs = new double[matrix.Dimension], product = new double[matrix.Dimension];
        double mean = 0, squares = 0; // Welford's running sums
        for (int probe = 0; ; probe++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Draw(new RandomStream(seed, Stream + (ulong)probe), signs);
            await matrix.MultiplyAsync(signs, product, cancellationToken).ConfigureAwait(false);
            double sample = TensorPrimitives.Dot<double>(signs, product), change = sample - mean;
            mean += change / (probe + 1);
            squares += change * (sample - mean);
            var estimate = new TraceEstimate(mean, Math.Sqrt(squares / probe / (probe + 1)), probe + 1);
            progress?.Report(estimate);
            if (estimate.Probes == probes) return estimate;
        }
    }

    private static void Draw(RandomStream random, Span<double> signs)
    {
        uint bits = 0;
        for (int i = 0; i < signs.Length; i++, bits >>= 1)
        {
            if (i % 32 == 0) bits = random.NextUInt32();
            signs[i] = (bits & 1) == 0 ? 1 : -1;
        }
    }
}
