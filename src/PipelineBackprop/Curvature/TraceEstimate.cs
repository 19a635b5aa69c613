namespace PipelineBackprop.Curvature;

/// <summary>A trace as probes give it.</summary>
/// <param name="Mean">The mean of zᵀAz over the probes, whose expectation is the trace.</param>
/// <param name="StandardError">Of the mean, from the probes' own spread; NaN for a single probe.</param>
/// <param name="Probes">Probes taken.</param>
public sealed record TraceEstimate(double Mean, double StandardError, int Probes);
