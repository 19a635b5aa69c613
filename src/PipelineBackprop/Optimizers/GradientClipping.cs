namespace PipelineBackprop.Optimizers;

/// <summary>
/// Clipping by global norm (Pascanu, Mikolov and Bengio 2013) as PyTorch does it: the norm is that of ∂L/∂θ over all parameters before weight decay joins in,
/// and every gradient is multiplied by min(1, MaximumNorm / (norm + 1e-6)). Immutable.
/// </summary>
public sealed record GradientClipping
{
    private const double Guard = 1e-6;

    /// <summary>Clips at a norm.</summary>
    /// <param name="maximumNorm">The largest norm left unchanged; positive and finite.</param>
    public GradientClipping(double maximumNorm)
    {
        if (!(maximumNorm > 0) || !double.IsFinite(maximumNorm))
            throw new ArgumentOutOfRangeException(nameof(maximumNorm), maximumNorm, "The norm to clip at is above 0 and finite.");
        MaximumNorm = maximumNorm;
    }

    /// <summary>The largest norm left unchanged.</summary>
    public double MaximumNorm { get; }

    /// <summary>The factor of every gradient, in (0, 1], for the square root of the sum of all squares; NaN for NaN, 0 for infinity.</summary>
    public double Scale(double norm) => Math.Min(1, MaximumNorm / (norm + Guard));
}
