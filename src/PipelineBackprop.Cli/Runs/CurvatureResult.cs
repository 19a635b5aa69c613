using PipelineBackprop.Curvature;

namespace PipelineBackprop.Cli.Runs;

/// <summary>The curvature of J at one point.</summary>
/// <param name="Parameters">Rows of the Hessian.</param>
/// <param name="Examples">Examples that J is a mean over.</param>
/// <param name="Eigenvalues">The ends of the spectrum.</param>
/// <param name="Trace">The trace, or null where no probe was wanted.</param>
/// <param name="Cost">What a product costs.</param>
/// <param name="Seconds">What it all took.</param>
internal sealed record CurvatureResult(int Parameters, int Examples, LanczosResult Eigenvalues, TraceEstimate? Trace, ProductCost Cost, double Seconds);
