using System.Globalization;
using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Training;

/// <summary>Decides which device every lane runs on, before any is opened.</summary>
public static class DevicePlacement
{
    /// <summary>The options with a device named for every lane where a chooser such as <c>auto</c> was pinned; others as they are.</summary>
    /// <exception cref="InvalidInputException">Options that cannot work.</exception>
    public static PipelineOptions Resolve(PipelineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!options.Devices.Any(device => device is IDeviceChooser)) return options;
        PipelineOptionsValidator.Validate(options);
        StageDemand[] loads = Loads(options);
        var chosen = new IDevice[options.Stages];
        for (int lane = 0; lane < chosen.Length; lane++)
        {
            IDevice pin = DeviceOf(options, lane);
            chosen[lane] = pin is IDeviceChooser chooser ? chooser.Choose(loads)[lane] : pin;
        }
        return options with { Devices = chosen };
    }

    /// <summary>The device a lane is pinned to.</summary>
    internal static IDevice DeviceOf(PipelineOptions options, int lane) => options.Devices.Count switch
    {
        0 => CpuDevice.Instance,
        1 => options.Devices[0],
        _ => options.Devices[lane],
    };

    /// <summary>Refuses a plan whose stages together need more than the memory of a device; host memory, which can be swapped, is not refused.</summary>
    internal static void RequireRoom(PipelineOptions options, MemoryLedger forecast)
    {
        StageLayout layout = StageLayout.Of(options);
        foreach (IGrouping<IDevice, int> group in Enumerable.Range(0, layout.StageCount).GroupBy(stage => DeviceOf(options, layout.LaneOfStage[stage])))
        {
            DeviceDescription device = group.Key.Description;
            if (group.Key.BuffersOutliveCompute || device.MemoryBytes <= 0) continue;
            long needed = group.Sum(stage => forecast.Accounts[stage].PeakTotal);
            if (needed <= device.MemoryBytes) continue;
            string stages = group.Count() == 1 ? $"Stage {group.First()} needs" : $"Stages {string.Join(", ", group)} need";
            throw new InvalidInputException(string.Create(
                CultureInfo.InvariantCulture,
                $"{stages} {needed:N0} bytes on {device.Name}, which has {device.MemoryBytes:N0}: use more or other devices, more micro-batches or a smaller minibatch."));
        }
    }

    private static StageDemand[] Loads(PipelineOptions options)
    {
        IReadOnlyList<int> boundaries = PipelineAssembly.Boundaries(options);
        StageLayout layout = StageLayout.Of(options);
        var loads = new StageDemand[layout.LaneCount];
        // A parameter is there as itself and as its gradient, in each version, and once for each state of the optimizer.
        int copies = 2 * layout.WeightVersions + options.Optimizer.StateNames.Count;
        for (int stage = 0; stage < layout.StageCount; stage++)
        {
            int end = stage + 1 < layout.StageCount ? boundaries[stage + 1] : options.Layers.Count;
            for (int layer = boundaries[stage]; layer < end; layer++) loads[layout.LaneOfStage[stage]] = Add(loads[layout.LaneOfStage[stage]], options.Layers[layer], copies);
        }
        return loads;
    }

    private static StageDemand Add(StageDemand load, Layer layer, int copies) => new(
        load.Bytes + copies * layer.Parameters.Sum(parameter => (long)parameter.Shape.ElementCount * sizeof(float)), load.Cost + layer.CostPerExample);
}
