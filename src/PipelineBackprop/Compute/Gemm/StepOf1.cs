namespace PipelineBackprop.Compute.Gemm;

/// <summary>Rows of A where they lie.</summary>
internal readonly struct StepOf1 : IStep
{
    /// <inheritdoc/>
    public static int Elements => 1;
}
