namespace PipelineBackprop.Curvature;

/// <summary>A symmetric matrix that is known only by its products with vectors.</summary>
public interface ISymmetricOperator
{
    /// <summary>Rows, which are as many as columns; at least 1.</summary>
    int Dimension { get; }

    /// <summary>product = A vector; both of <see cref="Dimension"/> numbers. The same vector gives the same bits.</summary>
    Task MultiplyAsync(ReadOnlyMemory<double> vector, Memory<double> product, CancellationToken cancellationToken);
}
