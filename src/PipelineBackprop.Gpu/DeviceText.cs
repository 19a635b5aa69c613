namespace PipelineBackprop.Gpu;

/// <summary>Words of device descriptions.</summary>
internal static class DeviceText
{
    /// <summary>The matrix library where the vendor's is not used.</summary>
    internal const string IlgpuKernels = "ILGPU kernels";
}
