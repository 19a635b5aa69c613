namespace PipelineBackprop.Compute.Gemm;

/// <summary>A packed panel of 12 rows.</summary>
internal readonly struct StepOf12 : IStep
{
    /// <inheritdoc/>
    public static int Elements => 12;
}
