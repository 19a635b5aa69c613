using System.Globalization;
using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Planning;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Training;

/// <summary>Decides which device every lane runs on, before any is opened.</summary>
public static class DevicePlacement
{
    // Rows of the micro-batches that devices are compared by, where the caller knows no better.
    private const int UsualRows = 256;

    /// <summary>
    /// The options with a device named for every lane where a chooser such as <c>auto</c> was pinned; others as they are. Where there is more than one device
    /// to choose from, each is measured first, so the answer may differ from call to call.
    /// </summary>
    /// <param name="options">The pipeline.</param>
    /// <param name="rows">Examples of a micro-batch, at least 1; the default is 256.</param>
    /// <param name="cancellationToken">Stops the measuring.</param>
    /// <exception cref="InvalidInputException">Options that cannot work.</exception>
    public static async Task<PipelineOptions> ResolveAsync(PipelineOptions options, int rows = UsualRows, CancellationToken cancellationToken = default)
    {
        PipelineOptionsValidator.RequireNoNull(options);
        if (!options.Devices.Any(device => device is IDeviceChooser)) return options;
        PipelineOptionsValidator.Validate(options);
        StageDemand[] loads = Loads(options);
        var chosen = new IDevice[options.Stages];
        var choices = new Dictionary<IDeviceChooser, IReadOnlyList<IDevice>>(ReferenceEqualityComparer.Instance);
        for (int lane = 0; lane < chosen.Length; lane++)
        {
            IDevice pin = DeviceOf(options, lane);
            if (pin is IDeviceChooser chooser)
            {
                if (!choices.TryGetValue(chooser, out IReadOnlyList<IDevice>? devices))
                    choices.Add(chooser, devices = chooser.Choose(loads, await MeasureAsync(options, chooser.Candidates, rows, cancellationToken).ConfigureAwait(false)));
                pin = devices[lane];
            }
            chosen[lane] = pin;
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

    private static async Task<IReadOnlyList<IReadOnlyList<double>>?> MeasureAsync(
        PipelineOptions options, IReadOnlyList<IDevice> candidates, int rows, CancellationToken cancellationToken)
    {
        if (candidates.Count < 2) return null;
        int[] lanes = LanesOfLayers(options);
        var seconds = new double[candidates.Count][];
        for (int i = 0; i < seconds.Length; i++)
        {
            ModelProfile profile = await LayerProfiler.MeasureAsync(options, candidates[i], rows, cancellationToken).ConfigureAwait(false);
            seconds[i] = new double[options.Stages];
            for (int layer = 0; layer < lanes.Length; layer++) seconds[i][lanes[layer]] += profile.Layers[layer].Busy;
        }
        return seconds;
    }

    private static StageDemand[] Loads(PipelineOptions options)
    {
        int[] lanes = LanesOfLayers(options);
        var loads = new StageDemand[options.Stages];
        // A parameter is there as itself and as its gradient, in each version, and once for each state of the optimizer.
        int copies = 2 * StageLayout.Of(options).WeightVersions + options.Optimizer.StateNames.Count;
        for (int layer = 0; layer < lanes.Length; layer++) loads[lanes[layer]] = Add(loads[lanes[layer]], options.Layers[layer], copies);
        return loads;
    }

    private static int[] LanesOfLayers(PipelineOptions options)
    {
        IReadOnlyList<int> boundaries = PipelineAssembly.Boundaries(options);
        StageLayout layout = StageLayout.Of(options);
        var lanes = new int[options.Layers.Count];
        for (int stage = 0; stage < layout.StageCount; stage++)
        {
            int end = stage + 1 < layout.StageCount ? boundaries[stage + 1] : lanes.Length;
            for (int layer = boundaries[stage]; layer < end; layer++) lanes[layer] = layout.LaneOfStage[stage];
        }
        return lanes;
    }

    private static StageDemand Add(StageDemand load, Layer layer, int copies) => new(
        load.Bytes + copies * layer.Parameters.Sum(parameter => (long)parameter.Shape.ElementCount * sizeof(float)), load.Cost + layer.CostPerExample);
}
