using PipelineBackprop.Compute;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Gpu;

/// <summary>Every device that a stage can be pinned to by name: <c>cpu</c>, those of <see cref="GpuDevices"/>, and <c>auto</c>. Thread-safe.</summary>
public static class DeviceCatalog
{
    private const string Auto = "auto";

    /// <summary>The devices that exist, the processor first.</summary>
    public static IReadOnlyList<IDevice> List() => [CpuDevice.Instance, .. GpuDevices.List()];

    /// <summary>The device of a name: one of <see cref="List"/>, or <c>auto</c>, which spreads the stages over the GPUs and is the processor where there is none.</summary>
    /// <exception cref="InvalidInputException">No such device; the message lists those that exist.</exception>
    public static IDevice Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        IReadOnlyList<IDevice> devices = List();
        if (name == Auto) return new AutomaticDevice(devices);
        if (devices.FirstOrDefault(device => device.Name == name) is { } found) return found;
        string[] known = [.. devices.Select(device => device.Name), Auto];
        string hint = NearestName.Of(name, known) is { } nearest ? $" (did you mean \"{nearest}\"?)" : "";
        throw new InvalidInputException($"there is no device \"{name}\"; there are {string.Join(", ", known)}{hint}.");
    }
}
