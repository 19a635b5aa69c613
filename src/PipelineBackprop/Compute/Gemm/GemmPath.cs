namespace PipelineBackprop.Compute.Gemm;

/// <summary>Which instructions a matrix product uses. Every path gives the same bits; they differ in speed only.</summary>
internal enum GemmPath
{
    /// <summary>The fastest path this machine has.</summary>
    Auto,

    /// <summary>512-bit vectors: x64 with AVX-512. Broadcasts are <see cref="FoldedBroadcasts"/>.</summary>
    Vector512,

    /// <summary>The same with <see cref="SharedBroadcasts"/>: the fastest path of AMD's Zen 5.</summary>
    Vector512Shared,

    /// <summary>256-bit vectors with fused multiply-add: x64 with AVX2 and FMA.</summary>
    Vector256,

    /// <summary>128-bit vectors with fused multiply-add: Arm64, and x64 with FMA.</summary>
    Vector128,

    /// <summary>One element at a time; runs everywhere.</summary>
    Scalar,
}
