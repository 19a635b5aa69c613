using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

/// <summary>
/// Stands for another device, computes nothing and holds nothing: a device on which a pipeline can be run dry: the ledger then says what a real run will take, before the
/// first byte is taken. Thread-safe.
/// </summary>
internal sealed class DryDevice(IDevice model) : IDevice
{
    public string Name => "dry";

    public bool BuffersOutliveCompute => model.BuffersOutliveCompute;

    bool IDevice.LendsThreads => model.LendsThreads;

    public ICompute Open(ComputeOptions options) => new DryCompute(options, model);

    public bool ReadsHostMemory(ElementType elementType) => model.ReadsHostMemory(elementType);

    public int PackedElements(Shape weight, WeightUse use, ElementType elementType) => model.PackedElements(weight, use, elementType);
}
