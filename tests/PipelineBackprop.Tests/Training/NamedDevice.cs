using PipelineBackprop.Compute;

namespace PipelineBackprop.Tests.Training;

/// <summary>A device of its own memory that computes as the processor does.</summary>
/// <param name="name">Its name.</param>
/// <param name="memoryBytes">Its memory; 0 where it does not say.</param>
/// <param name="slowness">How many times as long it takes in made-up profiles.</param>
internal sealed class NamedDevice(string name, long memoryBytes = 0, double slowness = 1) : IDevice
{
    public string Name => name;

    public double Slowness => slowness;

    public DeviceDescription Description => new(Name, Name, Name, memoryBytes, [], "");

    public bool BuffersOutliveCompute => false;

    public ICompute Open(ComputeOptions options) => CpuDevice.Instance.Open(options);
}
