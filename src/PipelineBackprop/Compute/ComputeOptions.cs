using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

/// <summary>How a device computes for one stage.</summary>
/// <param name="ElementType">The number format; default float32.</param>
/// <param name="Threads">Threads that share one product, the stage's own included; at least 1, default 1.</param>
/// <param name="Precision">The least precision of the inputs of products; default float32.</param>
/// <param name="Replay">Whether launches are recorded and replayed; default where the driver can.</param>
public sealed record ComputeOptions(
    ElementType ElementType = ElementType.Float32, int Threads = 1, ProductPrecision Precision = ProductPrecision.Float32, LaunchReplay Replay = LaunchReplay.Auto)
{
    /// <summary>The most <see cref="Threads"/>: more than any processor has, and few enough to be started.</summary>
    internal const int MostThreads = 1024;

    /// <summary>Where threads on the processor help each other with what they have under way; null where none does.</summary>
    internal Threading.JobExchange? Exchange { get; init; }
}
