namespace PipelineBackprop.Curvature;

/// <summary>What <see cref="Lanczos"/> looks for and when it stops. Immutable.</summary>
public sealed record LanczosOptions
{
    /// <summary>How many of the largest eigenvalues are wanted, at least 1; default 5. No more are found than the matrix has.</summary>
    public int Eigenvalues { get; init; } = 5;

    /// <summary>Most products taken, at least 1; default 80. Each keeps a vector of the matrix's dimension in float64.</summary>
    public int MostSteps { get; init; } = 80;

    /// <summary>Ends when every wanted bound is at most this times the largest |θ|; 0 takes all steps; default 1e-3.</summary>
    public double Tolerance { get; init; } = 1e-3;

    /// <summary>Seed of the first vector; default 0.</summary>
    public ulong Seed { get; init; }
}
