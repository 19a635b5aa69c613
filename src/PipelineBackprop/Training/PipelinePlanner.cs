using PipelineBackprop.Blocks;
using PipelineBackprop.Compute;
using PipelineBackprop.Planning;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Training;

/// <summary>
/// Plans a pipeline before it is built, from measured layers: how long a step takes as it is, or the split, micro-batches and schedule that take least. Every device
/// that the options name is measured, and transfers between those that are neighbours. Profiles are kept, so that many plans of one model measure each size of
/// micro-batch once. Not thread-safe.
/// </summary>
public sealed class PipelinePlanner
{
    private readonly PipelineOptions _options;
    private readonly ProfileStore _profiles;
    private readonly Dictionary<(IDevice Device, int Rows, bool AreThreadsLent), StageFootprint> _footprints = [];

    /// <summary>Plans for the devices of the options; what is left to a chooser is spread over its candidates, as evenly as stages go.</summary>
    /// <exception cref="InvalidInputException">Options that cannot work.</exception>
    public PipelinePlanner(PipelineOptions options)
    {
        _options = PipelineOptionsValidator.Checked(options);
        _profiles = new ProfileStore(new MeasuringProfiler(_options));
    }

    internal PipelinePlanner(PipelineOptions options, IProfiler profiler)
        : this(options, new ProfileStore(profiler))
    {
    }

    private PipelinePlanner(PipelineOptions options, ProfileStore profiles)
    {
        (_options, _profiles) = (PipelineOptionsValidator.Checked(options), profiles);
    }

    /// <summary>What layers, engine and transfers take on the devices of the options while all of them work, for micro-batches of that many rows.</summary>
    public Task<PipelineProfile> ProfileAsync(int rows, CancellationToken cancellationToken = default)
    {
        IDevice[] devices = PlanDevices.Of(_options, _options.Stages);
        return _profiles.OfAsync(devices, rows, PlanSharing.Of(_options, devices, memory: null), cancellationToken);
    }

    /// <summary>The pipeline as the options say, timed.</summary>
    /// <param name="batchSize">Examples of a minibatch, at least 1.</param>
    /// <param name="cancellationToken">Stops the measuring.</param>
    public async Task<PipelinePlan> AsConfiguredAsync(int batchSize, CancellationToken cancellationToken = default)
    {
        MicroBatchRange[] ranges = MicroBatchRange.Split(batchSize, _options.MicroBatches);
        PipelineProfile profile = await ProfileAsync(ranges[0].Count, cancellationToken).ConfigureAwait(false);
        PipelineSchedule schedule = StageLayout.ScheduleOf(_options, ranges.Length);
        IDevice[] devices = PlanDevices.Of(_options, schedule.DeviceCount);
        return PlanSearch.Evaluate(
            profile, batchSize, schedule, PipelineAssembly.Boundaries(_options), Footprint(schedule, devices, ranges[0].Count),
            [.. Enumerable.Range(0, schedule.StageCount).Select(stage => PipelineAssembly.RecomputationOf(_options, stage))], PlanSharing.Of(_options, devices, memory: null));
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
            // There is a core for each of their threads, but the cores share caches and memory.
            DeviceSharing sharing = PlanSharing.Of(_options, PlanDevices.Of(_options, devices), limits.Memory);
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
        IDevice[] real = PlanDevices.Of(_options, devices);
        for (int microBatches = 1; microBatches <= Math.Min(batchSize, limits.MostMicroBatches); microBatches *= 2)
        {
            int rows = MicroBatchRange.Split(batchSize, microBatches)[0].Count;
            PipelineProfile profile = await _profiles.OfAsync(real, rows, sharing, cancellationToken).ConfigureAwait(false);
            foreach (PipelineSchedule schedule in Schedules(limits, devices, microBatches))
            {
                PipelinePlan? plan = PlanSearch.Best(profile, batchSize, schedule, Footprint(schedule, real, rows), sharing);
                if (plan is not null && (best is null || plan.StepSeconds < best.StepSeconds)) best = plan;
            }
        }
        return best;
    }

    /// <summary>A planner of the same layers under other pipeline settings, with what has been measured.</summary>
    public PipelinePlanner For(PipelineOptions options) => new(options, _profiles);

    /// <summary>Those schedules that have enough layers for their stages; several chunks on a single device gain nothing.</summary>
    private IEnumerable<PipelineSchedule> Schedules(PlanLimits limits, int devices, int microBatches) => limits.Schedules
        .Select(name => ScheduleCatalog.Get(name).Generate(devices, microBatches))
        .Where(schedule => schedule.StageCount <= (devices == 1 ? 1 : _options.Layers.Count));

    private IEnumerable<int> DeviceCounts(PlanLimits limits)
    {
        int layers = _options.Layers.Count;
        // Each listed device is one of the schedule's.
        if (_options.Devices.Count > 1) return [_options.Devices.Count];
        int most = limits.MostStages ?? PlanDevices.Available(_options);
        return Enumerable.Range(1, Math.Clamp(most, 1, layers));
    }

    /// <summary>Bytes of a stage of that schedule on its device.</summary>
    private Func<int, int, StageLoad, long> Footprint(PipelineSchedule schedule, IDevice[] devices, int rows)
    {
        PipelineOptions options = _options with { Stages = devices.Length };
        bool areThreadsLent = options.AreThreadsLent;
        return (first, end, load) =>
        {
            IDevice device = devices[schedule.DeviceOf(load.Stage)];
            if (!_footprints.TryGetValue((device, rows, areThreadsLent), out StageFootprint? footprint))
                _footprints.Add((device, rows, areThreadsLent), footprint = new StageFootprint(options, device, rows));
            return footprint.Bytes(first, end, load);
        };
    }
}
