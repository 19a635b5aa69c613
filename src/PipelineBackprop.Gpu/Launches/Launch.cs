using ILGPU.Runtime;

namespace PipelineBackprop.Gpu.Launches;

/// <summary>A kernel with its arguments, which waits to be launched or is kept by a recording. Used on the device's thread.</summary>
internal abstract class Launch
{
    /// <summary>Equal for launches that are the same.</summary>
    internal abstract int Hash { get; }

    /// <summary>Whether the other does exactly the same: the same kernel on the same memory with the same numbers.</summary>
    internal abstract bool IsSameAs(Launch other);

    /// <summary>Puts the work on the stream and returns.</summary>
    internal abstract void Run(AcceleratorStream stream);

    /// <summary>Lets the kernel use the object for another launch.</summary>
    internal abstract void Recycle();
}
