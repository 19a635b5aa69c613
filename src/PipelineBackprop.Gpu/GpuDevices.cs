using ILGPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace PipelineBackprop.Gpu;

/// <summary>The devices of this machine that ILGPU drives. They are looked for once, at the first question. Thread-safe.</summary>
public static class GpuDevices
{
    private static readonly Lazy<AcceleratorDevice[]> s_devices = new(Discover);

    /// <summary>The devices that exist, in the order a person counts them: CUDA, OpenCL, simulated.</summary>
    public static IReadOnlyList<AcceleratorDevice> List() => s_devices.Value;

    /// <summary>The device of a name as a run file gives it: <c>sim:0</c>.</summary>
    /// <exception cref="InvalidInputException">No such device; the message lists those that exist.</exception>
    public static AcceleratorDevice Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        IReadOnlyList<AcceleratorDevice> devices = List();
        return devices.FirstOrDefault(device => device.Name == name)
            ?? throw new InvalidInputException($"Device '{name}' does not exist: choose one of {string.Join(", ", devices)}.");
    }

    // A machine without a driver has no such devices: ILGPU's search then finds none.
    private static AcceleratorDevice[] Discover()
    {
        var found = new List<AcceleratorDevice>();
        using (Context context = Context.Create(builder => builder.Cuda().OpenCL()))
        {
            int cuda = 0, openCl = 0;
            foreach (CudaDevice device in context.GetCudaDevices()) found.Add(new CudaGpu(cuda++, device));
            foreach (CLDevice device in context.GetCLDevices()) found.Add(new OpenClDevice(openCl++, device));
        }
        return [.. found, new SimulatedDevice(0), new SimulatedDevice(1)];
    }
}
