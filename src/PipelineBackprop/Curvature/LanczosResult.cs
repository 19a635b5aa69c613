namespace PipelineBackprop.Curvature;

/// <summary>What the Lanczos iteration knows of the ends of a spectrum.</summary>
/// <param name="Largest">The largest eigenvalues by value, the largest first.</param>
/// <param name="Smallest">The smallest eigenvalue by value.</param>
/// <param name="Steps">Products taken.</param>
/// <param name="Converged">Whether the bounds of all of the largest are within the tolerance.</param>
public sealed record LanczosResult(IReadOnlyList<RitzValue> Largest, RitzValue Smallest, int Steps, bool Converged);
