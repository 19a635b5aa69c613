using PipelineBackprop.Compute.Gemm;

namespace PipelineBackprop.Tests.Compute.Gemm;

/// <summary>The paths of the product that this machine can run.</summary>
internal static class GemmPaths
{
    public static GemmPath[] Available { get; } =
        [.. Enum.GetValues<GemmPath>().Where(path => path != GemmPath.Auto && MatrixProduct.IsAvailable(path))];
}
