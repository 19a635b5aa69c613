using PipelineBackprop.Compute;
using PipelineBackprop.Planning;

namespace PipelineBackprop.Training;

/// <summary>Which devices of a schedule are one real device, by the pins of the options.</summary>
internal static class PlanSharing
{
    /// <summary>The sharing of that many devices of a schedule.</summary>
    /// <param name="options">The pins.</param>
    /// <param name="devices">Devices of the schedule.</param>
    /// <param name="memory">The most bytes that a device may take; null for what it has. On the processor every stage has that much.</param>
    /// <param name="sharesProcessor">Whether stages on the processor share the cores there are, or each is thought to have its own.</param>
    public static DeviceSharing AsPinned(PipelineOptions options, int devices, long? memory, bool sharesProcessor)
    {
        IDevice[] pins = [.. Enumerable.Range(0, devices).Select(device => options.Devices.Count > 1 ? options.Devices[device] : DevicePlacement.DeviceOf(options, 0))];
        (int[] memories, IDevice[] memoryPins) = Group(pins, pin => IsOne(pin) && !pin.BuffersOutliveCompute);
        (int[] processors, IDevice[] processorPins) = Group(pins, pin => IsOne(pin) && (sharesProcessor || !pin.BuffersOutliveCompute));
        return new DeviceSharing(
            memories, [.. memoryPins.Select(pin => pin.BuffersOutliveCompute || !IsOne(pin) ? memory : Least(memory, pin.Description.MemoryBytes))],
            processors, [.. processorPins.Select(pin => pin.BuffersOutliveCompute ? Math.Max(1, Environment.ProcessorCount / options.ThreadsPerStage) : 1)]);
    }

    // Who chooses among devices gives every stage its own as long as there are enough.
    private static bool IsOne(IDevice pin) => pin is not IDeviceChooser;

    /// <summary>By device its group, and by group its pin: equal pins make one where they are shared.</summary>
    private static (int[] OfDevice, IDevice[] Pins) Group(IDevice[] pins, Func<IDevice, bool> isShared)
    {
        var groups = new List<IDevice>();
        var ofDevice = new int[pins.Length];
        for (int device = 0; device < pins.Length; device++)
        {
            int known = isShared(pins[device]) ? groups.FindIndex(pin => ReferenceEquals(pin, pins[device])) : -1;
            if (known < 0) groups.Add(pins[device]);
            ofDevice[device] = known < 0 ? groups.Count - 1 : known;
        }
        return (ofDevice, [.. groups]);
    }

    private static long? Least(long? memory, long ofDevice) => ofDevice <= 0 ? memory : Math.Min(memory ?? ofDevice, ofDevice);
}
