using PipelineBackprop.Compute;

namespace PipelineBackprop.Training;

/// <summary>Which real device each device of a schedule is, by the pins of the options.</summary>
internal static class PlanDevices
{
    /// <summary>
    /// By device of the schedule: the pin, from the first again where there are fewer pins. What is left to a chooser gets a candidate of its own as long as there are
    /// enough, and beyond that each candidate a run of consecutive ones.
    /// </summary>
    /// <param name="options">The pins.</param>
    /// <param name="devices">Devices of the schedule.</param>
    public static IDevice[] Of(PipelineOptions options, int devices)
    {
        IDevice[] pins = [.. Enumerable.Range(0, devices).Select(device => options.Devices.Count == 0 ? CpuDevice.Instance : options.Devices[device % options.Devices.Count])];
        foreach (IDeviceChooser chooser in pins.OfType<IDeviceChooser>().Distinct().ToArray())
        {
            int[] left = [.. Enumerable.Range(0, devices).Where(device => ReferenceEquals(pins[device], chooser))];
            int each = (left.Length + chooser.Candidates.Count - 1) / chooser.Candidates.Count;
            for (int i = 0; i < left.Length; i++) pins[left[i]] = chooser.Candidates[i / each];
        }
        return pins;
    }

    /// <summary>The most devices that stages can be spread over on this machine.</summary>
    public static int Available(PipelineOptions options) =>
        options.Devices is [IDeviceChooser { Candidates: var candidates }] && candidates.Any(device => !device.BuffersOutliveCompute)
            ? candidates.Count
            : Math.Max(1, Environment.ProcessorCount / options.ThreadsPerStage);
}
