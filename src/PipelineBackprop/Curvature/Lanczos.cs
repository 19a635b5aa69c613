using System.Numerics.Tensors;
using PipelineBackprop.Randomness;

namespace PipelineBackprop.Curvature;

/// <summary>
/// The Lanczos iteration (1950) with full reorthogonalisation, twice (Parlett, The Symmetric Eigenvalue Problem, 1998, chapter 13): from products alone an
/// orthonormal basis Q with Qᵀ A Q = T tridiagonal, whose eigenvalues are soon those of A at the ends of its spectrum. The start is random, so an eigenvalue that
/// comes several times is found once, unless the basis is used up before enough are found.
/// </summary>
public static class Lanczos
{
    private const ulong Stream = 0x4C414E43; // "LANC"

    // A remainder this small beside the matrix is rounding: the basis holds an invariant subspace.
    private const double Exhausted = 1e-13;

    /// <summary>Runs until the wanted eigenvalues have converged or the steps are used up. The same seed gives the same bits.</summary>
    /// <param name="matrix">A.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="progress">Hears of every step, or null.</param>
    /// <param name="cancellationToken">Stops between two steps and within the product.</param>
    public static async Task<LanczosResult> RunAsync(
        ISymmetricOperator matrix, LanczosOptions options, IProgress<LanczosResult>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Eigenvalues, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MostSteps, 1);
        var random = new RandomStream(options.Seed, Stream);
        int steps = Math.Min(options.MostSteps, matrix.Dimension), wanted = Math.Min(options.Eigenvalues, steps);
        var basis = new List<double[]> { Normal(random, matrix.Dimension, []) };
        var diagonal = new List<double>();
        var beside = new List<double>(); // β: what is left of each product beside the basis
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double[] product = new double[matrix.Dimension], last = basis[^1];
            await matrix.MultiplyAsync(last, product, cancellationToken).ConfigureAwait(false);
            diagonal.Add(TensorPrimitives.Dot<double>(last, product));
            double rest = TakeOut(basis, product);
            LanczosResult result = Read(diagonal, beside, rest, wanted, options.Tolerance);
            progress?.Report(result);
            if (result.Steps == steps || result.Converged) return result;
            bool exhausted = rest <= Exhausted * result.Largest.Max(ritz => Math.Abs(ritz.Value));
            beside.Add(exhausted ? 0 : rest);
            if (exhausted) product = Normal(random, matrix.Dimension, basis);
            else TensorPrimitives.Divide(product, rest, product);
            basis.Add(product);
        }
    }

    /// <summary>Takes the part within the basis out of a vector and returns the length of what is left.</summary>
    private static double TakeOut(List<double[]> basis, double[] vector)
    {
        // Once leaves rounding of the size of what was taken out; twice is enough (Kahan, in Parlett, section 6.9).
        for (int round = 0; round < 2; round++)
            foreach (double[] other in basis) TensorPrimitives.MultiplyAdd(other, -TensorPrimitives.Dot<double>(other, vector), vector, vector);
        return TensorPrimitives.Norm<double>(vector);
    }

    private static double[] Normal(RandomStream random, int dimension, List<double[]> basis)
    {
        var vector = new double[dimension];
        for (int i = 0; i < dimension; i++) vector[i] = random.NextGaussian();
        TensorPrimitives.Divide(vector, TakeOut(basis, vector), vector);
        return vector;
    }

    private static LanczosResult Read(List<double> diagonal, List<double> beside, double rest, int wanted, double tolerance)
    {
        double[] values = [.. diagonal], lastComponents = new double[diagonal.Count];
        TridiagonalEigenvalues.Solve(values, [.. beside, 0], lastComponents);
        RitzValue[] all = [.. values.Select((value, i) => new RitzValue(value, Math.Abs(rest * lastComponents[i]))).OrderByDescending(ritz => ritz.Value)];
        RitzValue[] largest = all[..Math.Min(wanted, all.Length)];
        double allowed = tolerance * all.Max(ritz => Math.Abs(ritz.Value));
        return new LanczosResult(largest, all[^1], all.Length, largest.Length == wanted && largest.All(ritz => ritz.Bound <= allowed));
    }
}
