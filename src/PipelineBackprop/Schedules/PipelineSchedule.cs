using System.Collections.Immutable;

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

    /// <summary>Creates a schedule; both lists are copied.</summary>
    /// <param name="name">The name in files, for example <c>1f1b</c>.</param>
    /// <param name="microBatchCount">Micro-batches a minibatch, at least 1.</param>
    /// <param name="deviceOfStage">For each stage the device that owns it.</param>
    /// <param name="actionsOfDevice">For each device its actions in order.</param>
    /// <exception cref="ArgumentException">No micro-batch, no stage, no device, or a stage on a device that is not there.</exception>
    public PipelineSchedule(string name, int microBatchCount, IReadOnlyList<int> deviceOfStage,
        IReadOnlyList<IReadOnlyList<PipelineAction>> actionsOfDevice)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(deviceOfStage);
        ArgumentNullException.ThrowIfNull(actionsOfDevice);
        ThrowIfFrameIsImpossible(deviceOfStage.Count, microBatchCount);
        ArgumentOutOfRangeException.ThrowIfZero(actionsOfDevice.Count, nameof(actionsOfDevice));
        for (int stage = 0; stage < deviceOfStage.Count; stage++)
        {
            if ((uint)deviceOfStage[stage] >= (uint)actionsOfDevice.Count)
                throw new ArgumentException($"stage {stage} is on device {deviceOfStage[stage]}, but there are {actionsOfDevice.Count} devices", nameof(deviceOfStage));
        }
        Name = name;
        MicroBatchCount = microBatchCount;
        _deviceOfStage = [.. deviceOfStage];
        _actionsOfDevice = [.. actionsOfDevice.Select(actions => actions.ToImmutableArray())];
    }

    /// <summary>The name in files, for example <c>gpipe</c> or <c>1f1b</c>.</summary>
    public string Name { get; }

    /// <summary>The number of (virtual) stages, at least 1.</summary>
    public int StageCount => _deviceOfStage.Length;

    /// <summary>The number of micro-batches in a minibatch, at least 1.</summary>
    public int MicroBatchCount { get; }

    /// <summary>The number of devices, at least 1.</summary>
    public int DeviceCount => _actionsOfDevice.Length;

    /// <summary>The device that owns a stage.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such stage.</exception>
    public int DeviceOf(int stage)
    {
        ThrowIfOutside(stage, StageCount, nameof(stage));
        return _deviceOfStage[stage];
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
    public override string ToString() => $"{Name} ({StageCount} stages, {MicroBatchCount} micro-batches)";

    /// <summary>A schedule needs a stage and a micro-batch, and its actions must be countable.</summary>
    internal static void ThrowIfFrameIsImpossible(int stageCount, int microBatchCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stageCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(microBatchCount);
        if ((long)stageCount * microBatchCount * ActionKindExtensions.Count > Array.MaxLength)
            throw new ArgumentOutOfRangeException(nameof(microBatchCount), microBatchCount, $"{stageCount} stages times {microBatchCount} micro-batches are too many actions");
    }

    private static void ThrowIfOutside(int value, int count, string name)
    {
        if ((uint)value >= (uint)count)
            throw new ArgumentOutOfRangeException(name, value, $"{name} {value} is outside 0 to {count - 1}");
    }
}
