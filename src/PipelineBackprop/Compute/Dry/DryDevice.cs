namespace PipelineBackprop.Compute;

/// <summary>
/// A device that computes nothing and holds nothing, on which a pipeline can be run dry: the ledger then says what a real run will take, before the
/// first byte is taken. Thread-safe.
/// </summary>
internal sealed class DryDevice : IDevice
{
    public string Name => "dry";

    public bool BuffersOutliveCompute => true;

    public ICompute Open(ComputeOptions options) => new DryCompute(options.ElementType);
}
