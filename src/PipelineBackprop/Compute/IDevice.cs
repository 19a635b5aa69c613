using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

/// <summary>A device that stages can be pinned to. Thread-safe; what it opens is not.</summary>
public interface IDevice
{
    /// <summary>The name in a run file: <c>cpu</c>, <c>sim:0</c>.</summary>
    string Name { get; }

    /// <summary>What is known of the device without opening it.</summary>
    DeviceDescription Description => new(Name, Name, Name, MemoryBytes: 0, [], MatrixLibrary: "");

    /// <summary>
    /// Opens the device for one stage, on the thread that will use and dispose it.
    /// </summary>
    ICompute Open(ComputeOptions options);

    /// <summary>
    /// Elements of a copy of a weight [out×in] in the order this device multiplies by it, see <see cref="ICompute.Pack"/>; 0, the default, where the device uses
    /// the weight as it is.
    /// </summary>
    int PackedElements(Shape weight, WeightUse use, ElementType elementType) => 0;

    /// <summary>What <see cref="ICompute.ReadsHostMemory"/> will be of a compute in this format; false by default.</summary>
    bool ReadsHostMemory(ElementType elementType) => false;

    /// <summary>What a compute opened with these options will hold beside tensors; nothing by default. Each call gives a model of its own.</summary>
    ScratchModel ForecastScratch(ComputeOptions options) => new();

    /// <summary>
    /// Whether buffers may be used by a compute other than the one that allocated them, on any thread (host memory): a stage whose thread is
    /// lost in a stalled layer can then go on with a new one.
    /// </summary>
    bool BuffersOutliveCompute { get; }

    /// <summary>Whether threads that use its computes help each other, where they are given an exchange.</summary>
    internal bool LendsThreads => false;
}
