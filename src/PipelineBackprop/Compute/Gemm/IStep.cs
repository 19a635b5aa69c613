namespace PipelineBackprop.Compute.Gemm;

/// <summary>A distance between inner steps of A. Implemented by empty structs that only serve as type arguments, so that it can be a constant in the kernel.</summary>
internal interface IStep
{
    /// <summary>The distance in bytes, <paramref name="aStep"/> where it is no constant.</summary>
    static abstract nint Bytes<T>(nint aStep)
        where T : unmanaged;
}
