using PipelineBackprop.Curvature;
using PipelineBackprop.Testing.Compute;

namespace PipelineBackprop.Tests.Curvature;

/// <summary>A symmetric matrix with a given spectrum: a diagonal, reflected by a few random vectors.</summary>
internal sealed class DenseMatrix : ISymmetricOperator
{
    private readonly double[,] _elements;

    public DenseMatrix(double[] spectrum, ulong seed, int reflections = 3)
    {
        int n = spectrum.Length;
        _elements = new double[n, n];
        for (int i = 0; i < n; i++) _elements[i, i] = spectrum[i];
        for (int k = 0; k < reflections; k++) Reflect(HostArrays.Gaussian(n, seed + (ulong)k));
    }

    public int Dimension => _elements.GetLength(0);

    public int Products { get; private set; }

    public Task MultiplyAsync(ReadOnlyMemory<double> vector, Memory<double> product, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Products++;
        for (int i = 0; i < Dimension; i++)
        {
            double sum = 0;
            for (int j = 0; j < Dimension; j++) sum += _elements[i, j] * vector.Span[j];
            product.Span[i] = sum;
        }
        return Task.CompletedTask;
    }

    // A ← P A P with P = I − 2 u uᵀ / uᵀu.
    private void Reflect(double[] u)
    {
        double square = u.Sum(value => value * value);
        for (int side = 0; side < 2; side++)
        {
            for (int column = 0; column < u.Length; column++)
            {
                double dot = 0;
                for (int i = 0; i < u.Length; i++) dot += u[i] * At(side, i, column);
                for (int i = 0; i < u.Length; i++) At(side, i, column) -= 2 * dot / square * u[i];
            }
        }
    }

    private ref double At(int side, int i, int j) => ref side == 0 ? ref _elements[i, j] : ref _elements[j, i];
}
