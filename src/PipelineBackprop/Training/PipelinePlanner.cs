using PipelineBackprop.Blocks;
using PipelineBackprop.Compute;
using PipelineBackprop.Planning;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Training;

/// <summary>
/// Plans a pipeline before it is built, from measured layers: how long a step takes as it is, or the split, micro-batches and schedule that take least.
/// Profiles are kept, so that many plans of one model measure each size of micro-batch once. Not thread-safe.
/// </summary>
public sealed class PipelinePlanner
{
    private readonly PipelineOptions _options;
    private readonly Func<int, CancellationToken, Task<ModelProfile>> _measure;
    private readonly Func<CancellationToken, Task<EngineProfile>> _measureEngine;
    private EngineProfile? _engine;
    private readonly Dictionary<int, ModelProfile> _profiles = [];
    private readonly Dictionary<int, StageFootprint> _footprints = [];

    /// <summary>Plans for the first device of the options; others are taken to be as fast.</summary>
    /// <exception cref="InvalidInputException">Options that cannot work.</exception>
    public PipelinePlanner(PipelineOptions options)
        : this(
            options, (rows, cancellationToken) => LayerProfiler.MeasureAsync(options, FirstDevice(options), rows, cancellationToken),
            cancellationToken => EngineProfiler.MeasureAsync(options, FirstDevice(options), cancellationToken))
    {
    }

    internal PipelinePlanner(
        PipelineOptions options, Func<int, CancellationToken, Task<ModelProfile>> measure, Func<CancellationToken, Task<EngineProfile>>? measureEngine = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        PipelineOptionsValidator.Validate(options);
        _options = options;
        _measure = measure;
        _measureEngine = measureEngine ?? (_ => Task.FromResult(EngineProfile.None));
    }

    /// <summary>The layers' profile for micro-batches of that many rows, and the engine's, which is measured once.</summary>
    public async Task<ModelProfile> ProfileAsync(int rows, CancellationToken cancellationToken = default)
    {
        if (_profiles.TryGetValue(rows, out ModelProfile? profile)) return profile;
        _engine ??= await _measureEngine(cancellationToken).ConfigureAwait(false);
        profile = await _measure(rows, cancellationToken).ConfigureAwait(false) with { Engine = _engine };
        _profiles.Add(rows, profile);
        return profile;
    }

    /// <summary>The pipeline as the options say, timed.</summary>
    /// <param name="batchSize">Examples of a minibatch, at least 1.</param>
    /// <param name="cancellationToken">Stops the measuring.</param>
    public async Task<PipelinePlan> AsConfiguredAsync(int batchSize, CancellationToken cancellationToken = default)
    {
        MicroBatchRange[] ranges = MicroBatchRange.Split(batchSize, _options.MicroBatches);
        ModelProfile profile = await ProfileAsync(ranges[0].Count, cancellationToken).ConfigureAwait(false);
        PipelineSchedule schedule = StageLayout.ScheduleOf(_options, ranges.Length);
        return PlanSearch.Evaluate(
            profile, batchSize, schedule, PipelineAssembly.Boundaries(_options), Footprint(ranges[0].Count).Bytes,
            [.. Enumerable.Range(0, schedule.StageCount).Select(stage => PipelineAssembly.RecomputationOf(_options, stage))], PlanSharing.AsPinned(_options, schedule.DeviceCount, memory: null, sharesProcessor: true));
    }

    /// <summary>The plan with the shortest step within the limits; among equals the one with fewer devices, then fewer micro-batches. Null when nothing fits the memory.</summary>
    /// <param name="batchSize">Examples of a minibatch, at least 1.</param>
    /// <param name="limits">Within what to look; default no limit.</param>
    /// <param name="cancellationToken">Stops the measuring.</param>
    public async Task<PipelinePlan?> BestAsync(int batchSize, PlanLimits? limits = null, CancellationToken cancellationToken = default)
    {
        limits ??= new PlanLimits();
        PipelinePlan? best = null;
        foreach (int devices in DeviceCounts(limits))
        {
            DeviceSharing sharing = PlanSharing.AsPinned(_options, devices, limits.Memory, sharesProcessor: false);
            if (await BestOfAsync(batchSize, devices, limits, sharing, cancellationToken).ConfigureAwait(false) is { } plan && (best is null || plan.StepSeconds < best.StepSeconds)) best = plan;
        }
        return best;
    }

    /// <summary>The best plan of that many devices; null when nothing fits the memory, or the layers are too few.</summary>
    /// <inheritdoc cref="BestAsync"/>
    public Task<PipelinePlan?> BestOfAsync(int batchSize, int devices, PlanLimits limits, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return BestOfAsync(batchSize, devices, limits, DeviceSharing.None(devices, limits.Memory), cancellationToken);
    }

    private async Task<PipelinePlan?> BestOfAsync(int batchSize, int devices, PlanLimits limits, DeviceSharing sharing, CancellationToken cancellationToken)
    {
        PipelinePlan? best = null;
        for (int microBatches = 1; microBatches <= Math.Min(batchSize, limits.MostMicroBatches); microBatches *= 2)
        {
            int rows = MicroBatchRange.Split(batchSize, microBatches)[0].Count;
            ModelProfile profile = await ProfileAsync(rows, cancellationToken).ConfigureAwait(false);
            foreach (PipelineSchedule schedule in Schedules(limits, devices, microBatches))
            {
                PipelinePlan? plan = PlanSearch.Best(profile, batchSize, schedule, Footprint(rows).Bytes, sharing);
                if (plan is not null && (best is null || plan.StepSeconds < best.StepSeconds)) best = plan;
            }
        }
        return best;
    }

    /// <summary>The plan whose fullest device takes least, however long it takes.</summary>
    /// <inheritdoc cref="BestAsync"/>
    public async Task<PipelinePlan> SmallestAsync(int batchSize, PlanLimits? limits = null, CancellationToken cancellationToken = default)
    {
        limits ??= new PlanLimits();
        PipelinePlan? smallest = null;
        foreach (int devices in DeviceCounts(limits))
        {
            for (int microBatches = 1; microBatches <= Math.Min(batchSize, limits.MostMicroBatches); microBatches *= 2)
            {
                int rows = MicroBatchRange.Split(batchSize, microBatches)[0].Count;
                ModelProfile profile = await ProfileAsync(rows, cancellationToken).ConfigureAwait(false);
                foreach (PipelineSchedule schedule in Schedules(limits, devices, microBatches))
                {
                    PipelinePlan plan = PlanSearch.Smallest(profile, batchSize, schedule, Footprint(rows).Bytes);
                    if (smallest is null || plan.LargestDeviceBytes < smallest.LargestDeviceBytes) smallest = plan;
                }
            }
        }
        return smallest!;
    }

    /// <summary>A planner of the same layers under other pipeline settings, with what has been measured.</summary>
    public PipelinePlanner For(PipelineOptions options)
    {
        var planner = new PipelinePlanner(options) { _engine = _engine };
        foreach ((int rows, ModelProfile profile) in _profiles) planner._profiles.Add(rows, profile);
        return planner;
    }

    /// <summary>Those schedules that have enough layers for their stages.</summary>
    private IEnumerable<PipelineSchedule> Schedules(PlanLimits limits, int devices, int microBatches) =>
        limits.Schedules.Select(name => ScheduleCatalog.Get(name).Generate(devices, microBatches)).Where(schedule => schedule.StageCount <= _options.Layers.Count);

    private static IDevice FirstDevice(PipelineOptions options) => options.Devices.Count == 0 ? CpuDevice.Instance : options.Devices[0];

    private IEnumerable<int> DeviceCounts(PlanLimits limits)
    {
        int layers = _options.Layers.Count;
        // Each listed device is one of the schedule's.
        if (_options.Devices.Count > 1) return [_options.Devices.Count];
        int most = limits.MostStages ?? Math.Max(1, Environment.ProcessorCount / _options.ThreadsPerStage);
        return Enumerable.Range(1, Math.Clamp(most, 1, layers));
    }

    private StageFootprint Footprint(int rows)
    {
        if (!_footprints.TryGetValue(rows, out StageFootprint? footprint)) _footprints.Add(rows, footprint = new StageFootprint(_options, rows));
        return footprint;
    }
}
