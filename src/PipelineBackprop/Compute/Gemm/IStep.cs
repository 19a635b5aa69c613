namespace PipelineBackprop.Compute.Gemm;

/// <summary>A distance between inner steps of A. Implemented by empty structs that only serve as type arguments, so that it is a constant in the kernel.</summary>
internal interface IStep
{
    /// <summary>The distance in elements.</summary>
    static abstract int Elements { get; }
}
