namespace PipelineBackprop.Gpu;

/// <summary>The devices of this machine that ILGPU drives. Thread-safe.</summary>
public static class GpuDevices
{
    private static readonly AcceleratorDevice[] s_simulated = [new SimulatedDevice(0), new SimulatedDevice(1)];

    /// <summary>The devices that exist now, in the order a person counts them.</summary>
    public static IReadOnlyList<AcceleratorDevice> List() => [.. s_simulated];

    /// <summary>The device of a name as a run file gives it: <c>sim:0</c>.</summary>
    /// <exception cref="InvalidInputException">No such device; the message lists those that exist.</exception>
    public static AcceleratorDevice Find(string name)
    {
        IReadOnlyList<AcceleratorDevice> devices = List();
        return devices.FirstOrDefault(device => device.Name == name)
            ?? throw new InvalidInputException($"Device '{name}' does not exist: choose one of {string.Join(", ", devices)}.");
    }
}
