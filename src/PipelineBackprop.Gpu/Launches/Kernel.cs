using ILGPU.Runtime;

namespace PipelineBackprop.Gpu.Launches;

/// <summary>
/// Work of one kind that the device's computing stream can be given: a kernel, a copy or a call of the vendor's library. The arguments say all that it does, so
/// two launches with equal arguments do the same. Used on the device's thread.
/// </summary>
/// <param name="stream">The computing stream.</param>
/// <param name="run">Puts the work on a stream and returns.</param>
internal sealed class Kernel<TArguments>(AcceleratorStream stream, Action<AcceleratorStream, TArguments> run)
    where TArguments : struct, IEquatable<TArguments>
{
    /// <summary>Launches it behind everything launched before.</summary>
    internal void Launch(in TArguments arguments) => run(stream, arguments);
}
