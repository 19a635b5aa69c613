namespace PipelineBackprop.Curvature;

/// <summary>An eigenvalue as far as it is known.</summary>
/// <param name="Value">θ, the Ritz value.</param>
/// <param name="Bound">‖Ay − θy‖ of its unit vector y: some eigenvalue lies within that of θ.</param>
public readonly record struct RitzValue(double Value, double Bound);
