using PipelineBackprop.Compute;
using PipelineBackprop.Planning;

namespace PipelineBackprop.Training;

/// <summary>Which devices of a schedule are one real device.</summary>
internal static class PlanSharing
{
    /// <summary>The sharing of the devices of a schedule. Stages on the processor have memory of their own and share its cores.</summary>
    /// <param name="options">The threads of a stage.</param>
    /// <param name="devices">By device of the schedule: the real one.</param>
    /// <param name="memory">The most bytes that a device may take; null for what it has.</param>
    public static DeviceSharing Of(PipelineOptions options, IDevice[] devices, long? memory)
    {
        (int[] memories, IDevice[] memoryOf) = Group(devices, device => !device.BuffersOutliveCompute);
        (int[] processors, IDevice[] processorOf) = Group(devices, _ => true);
        return new DeviceSharing(
            memories, [.. memoryOf.Select(device => device.BuffersOutliveCompute ? memory : Least(memory, device.Description.MemoryBytes))],
            processors, [.. processorOf.Select(device => device.BuffersOutliveCompute ? Math.Max(1, Environment.ProcessorCount / options.ThreadsPerStage) : 1)]);
    }

    /// <summary>By device its group, and by group its real device: equal ones make one where they are shared.</summary>
    private static (int[] OfDevice, IDevice[] Real) Group(IDevice[] devices, Func<IDevice, bool> isShared)
    {
        var groups = new List<IDevice>();
        var ofDevice = new int[devices.Length];
        for (int device = 0; device < devices.Length; device++)
        {
            int known = isShared(devices[device]) ? groups.FindIndex(group => ReferenceEquals(group, devices[device])) : -1;
            if (known < 0) groups.Add(devices[device]);
            ofDevice[device] = known < 0 ? groups.Count - 1 : known;
        }
        return (ofDevice, [.. groups]);
    }

    private static long? Least(long? memory, long ofDevice) => ofDevice <= 0 ? memory : Math.Min(memory ?? ofDevice, ofDevice);
}
