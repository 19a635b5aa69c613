using System.Collections.Immutable;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Schedules;

/// <summary>
/// Which actions each device runs, in which order, for one minibatch. It says nothing about times: an action starts when the one
/// before it on its device has ended and its inputs are there. Immutable, so any thread may read it. The constructor checks the
/// frame only; <see cref="ScheduleValidator"/> checks that the orders can be run.
/// </summary>
public sealed class PipelineSchedule
{
    private readonly ImmutableArray<int> _deviceOfStage;
    private readonly ImmutableArray<ImmutableArray<PipelineAction>> _actionsOfDevice;
    private readonly IReadOnlyList<int>[] _stagesOfDevice;

    /// <summary>Creates a schedule; both lists are copied.</summary>
    /// <param name="name">The name in files, for example <c>1f1b</c>.</param>
    /// <param name="microBatchCount">Micro-batches a minibatch, at least 1.</param>
    /// <param name="deviceOfStage">For each stage the device that owns it.</param>
    /// <param name="actionsOfDevice">For each device its actions in order.</param>
    /// <param name="staleness">How the weights lag; null (default) for a synchronous schedule.</param>
    /// <exception cref="ArgumentException">No micro-batch, no stage, no device, or a stage on a device that is not there; micro-batches
    /// that do not make up whole updates.</exception>
    public PipelineSchedule(string name, int microBatchCount, IReadOnlyList<int> deviceOfStage,
        IReadOnlyList<IReadOnlyList<PipelineAction>> actionsOfDevice, WeightStaleness? staleness = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(deviceOfStage);
        ArgumentNullException.ThrowIfNull(actionsOfDevice);
        ArgumentOutOfRangeException.ThrowIfZero(deviceOfStage.Count, nameof(deviceOfStage));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(microBatchCount);
        ThrowIfTooLarge(deviceOfStage.Count, microBatchCount);
        if (staleness is not null && (staleness.MicroBatchesPerUpdate < 1 || microBatchCount % staleness.MicroBatchesPerUpdate != 0))
            throw new ArgumentException($"{microBatchCount} micro-batches do not make up whole updates of {staleness.MicroBatchesPerUpdate}", nameof(staleness));
        ArgumentOutOfRangeException.ThrowIfZero(actionsOfDevice.Count, nameof(actionsOfDevice));
        for (int stage = 0; stage < deviceOfStage.Count; stage++)
        {
            if ((uint)deviceOfStage[stage] >= (uint)actionsOfDevice.Count)
                throw new ArgumentException($"stage {stage} is on device {deviceOfStage[stage]}, but there are {actionsOfDevice.Count} devices", nameof(deviceOfStage));
        }
        Name = name;
        MicroBatchCount = microBatchCount;
        Staleness = staleness;
        _deviceOfStage = [.. deviceOfStage];
        _actionsOfDevice = [.. actionsOfDevice.Select(actions => actions.ToImmutableArray())];
        ILookup<int, int> stages = Enumerable.Range(0, deviceOfStage.Count).ToLookup(stage => _deviceOfStage[stage]);
        _stagesOfDevice = [.. Enumerable.Range(0, actionsOfDevice.Count).Select(device => stages[device].ToArray().AsReadOnly())];
    }

    /// <summary>The name in files, for example <c>gpipe</c> or <c>1f1b</c>.</summary>
    public string Name { get; }

    /// <summary>The number of (virtual) stages, at least 1.</summary>
    public int StageCount => _deviceOfStage.Length;

    /// <summary>The number of micro-batches, at least 1: those of a minibatch, or of all its minibatches where the schedule is asynchronous.</summary>
    public int MicroBatchCount { get; }

    /// <summary>How the weights lag; null for a synchronous schedule, which computes a minibatch with the newest weights.</summary>
    public WeightStaleness? Staleness { get; }

    /// <summary>The number of minibatches the schedule goes through: 1 where it is synchronous.</summary>
    public int MinibatchCount => Staleness is null ? 1 : MicroBatchCount / Staleness.MicroBatchesPerUpdate;

    /// <summary>The number of devices, at least 1.</summary>
    public int DeviceCount => _actionsOfDevice.Length;

    /// <summary>The device that owns a stage.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such stage.</exception>
    public int DeviceOf(int stage)
    {
        ThrowIfOutside(stage, StageCount, nameof(stage));
        return _deviceOfStage[stage];
    }

    /// <summary>The stages of a device, ascending.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such device.</exception>
    public IReadOnlyList<int> StagesOf(int device)
    {
        ThrowIfOutside(device, DeviceCount, nameof(device));
        return _stagesOfDevice[device];
    }

    /// <summary>The actions of a device in the order it runs them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such device.</exception>
    public IReadOnlyList<PipelineAction> ActionsOf(int device)
    {
        ThrowIfOutside(device, DeviceCount, nameof(device));
        return _actionsOfDevice[device];
    }

    /// <summary>The actions of one stage in the order its device runs them, without those of other stages on the same device.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such stage.</exception>
    public IEnumerable<PipelineAction> ActionsOfStage(int stage) => ActionsOf(DeviceOf(stage)).Where(action => action.Stage == stage);

    /// <summary>Name and size, for example <c>1f1b (4 stages, 8 micro-batches)</c>.</summary>
    public override string ToString() => $"{Name} ({Counted.Of(StageCount, "stage")}, {Counted.Of(MicroBatchCount, "micro-batch", "es")})";

    /// <summary>
    /// The same orders for fewer micro-batches: the last ones are struck out, which can always be run when the whole can. For
    /// synchronous schedules.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not from 1 to <see cref="MicroBatchCount"/>.</exception>
    public PipelineSchedule Take(int microBatchCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(microBatchCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(microBatchCount, MicroBatchCount);
        if (microBatchCount == MicroBatchCount) return this;
        return new PipelineSchedule(Name, microBatchCount, _deviceOfStage,
            [.. _actionsOfDevice.Select(actions => actions.Where(action => action.MicroBatch < microBatchCount).ToArray())], Staleness);
    }

    /// <summary>The actions of a schedule must be countable.</summary>
    internal static void ThrowIfTooLarge(long stageCount, long microBatchCount)
    {
        if (stageCount * microBatchCount > Array.MaxLength / ActionKindExtensions.Count)
            throw new ArgumentOutOfRangeException(nameof(microBatchCount), microBatchCount, $"{stageCount} stages times {microBatchCount} micro-batches are too many actions");
    }

    private static void ThrowIfOutside(int value, int count, string name)
    {
        if ((uint)value >= (uint)count)
            throw new ArgumentOutOfRangeException(name, value, $"{name} {value} is outside 0 to {count - 1}");
    }
}
