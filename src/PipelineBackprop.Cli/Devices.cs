using PipelineBackprop.Compute;
using PipelineBackprop.Gpu;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Cli;

/// <summary>The devices a run file can name.</summary>
internal static class Devices
{
    private const string Cpu = "cpu";

    public static IDevice Find(string name)
    {
        if (name == Cpu) return new CpuDevice();
        string[] known = [Cpu, .. GpuDevices.List().Select(device => device.Name)];
        if (known.Contains(name)) return GpuDevices.Find(name);
        string hint = NearestName.Of(name, known) is { } nearest ? $" (did you mean \"{nearest}\"?)" : "";
        throw new InvalidInputException($"there is no device \"{name}\"; there are {string.Join(", ", known)}{hint}.");
    }
}
