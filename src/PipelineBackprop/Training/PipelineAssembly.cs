using PipelineBackprop.Compute;
using PipelineBackprop.Planning;
using PipelineBackprop.Schedules;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Training;

/// <summary>Turns options into stages that know their neighbours.</summary>
internal static class PipelineAssembly
{
    /// <summary>Index of each stage's first layer.</summary>
    public static IReadOnlyList<int> Boundaries(PipelineOptions options) =>
        options.Boundaries ?? StagePartitioner.Balance([.. options.Layers.Select(layer => layer.CostPerExample)], StageLayout.Of(options).StageCount);

    public static IReadOnlyList<PipelineStage> CreateStages(
        PipelineOptions options, IReadOnlyList<int> boundaries, MemoryLedger ledger, IStageListener listener)
    {
        StageLayout layout = StageLayout.Of(options);
        var stages = new PipelineStage[layout.StageCount];
        var devices = new OpenDevices();
        ComputeOptions compute = options.ComputeOptions; // one for all: their threads help each other
        for (int index = 0; index < stages.Length; index++)
        {
            int first = boundaries[index], end = index + 1 < stages.Length ? boundaries[index + 1] : options.Layers.Count;
            stages[index] = new PipelineStage(Define(options, layout, compute, index, first, end, ledger), devices, listener);
        }
        for (int index = 1; index < stages.Length; index++)
        {
            stages[index].Previous = stages[index - 1];
            stages[index - 1].Next = stages[index];
        }
        return stages;
    }

    private static IDevice? DeviceOf(PipelineOptions options, StageLayout layout, int stage) =>
        stage >= 0 && stage < layout.StageCount ? DevicePlacement.DeviceOf(options, layout.LaneOfStage[stage]) : null;

    // Whether a stage and the next one are on one device with one thread.
    private static bool Shares(PipelineOptions options, StageLayout layout, int stage)
    {
        if (stage < 0 || stage + 1 >= layout.StageCount) return false;
        int lane = layout.LaneOfStage[stage], next = layout.LaneOfStage[stage + 1];
        return lane == next || (DevicePlacement.DeviceOf(options, lane) is { BuffersOutliveCompute: false } device
            && ReferenceEquals(device, DevicePlacement.DeviceOf(options, next)));
    }

    /// <summary>What a stage recomputes.</summary>
    public static Recomputation RecomputationOf(PipelineOptions options, int stage) => options.Recomputation.Count switch
    {
        0 => Recomputation.Never,
        1 => options.Recomputation[0],
        _ => options.Recomputation[stage],
    };

    private static StageDefinition Define(PipelineOptions options, StageLayout layout, ComputeOptions compute, int index, int first, int end, MemoryLedger ledger) => new()
    {
        Index = index,
        StageCount = layout.StageCount,
        Lane = layout.LaneOfStage[index],
        FirstLayer = first,
        Layers = [.. options.Layers.Take(end).Skip(first)],
        NeedsInputGradient = options.Layers.Take(first).Any(layer => layer.Parameters.Count > 0),
        Loss = options.Loss,
        Optimizer = options.Optimizer,
        Decay = options.WeightDecay.For(options.Optimizer),
        Device = DeviceOf(options, layout, index)!,
        PreviousDevice = DeviceOf(options, layout, index - 1),
        NextDevice = DeviceOf(options, layout, index + 1),
        SharesWithPrevious = Shares(options, layout, index - 1),
        SharesWithNext = Shares(options, layout, index),
        WeightVersions = layout.WeightVersions,
        ComputeOptions = compute,
        Recomputation = RecomputationOf(options, index),
        InferenceOnly = options.InferenceOnly,
        ReportsNonFiniteAtEnd = options.LossScaling is not null || options.Devices.Any(device => !device.BuffersOutliveCompute),
        Seed = options.Seed,
        Ledger = ledger,
    };
}
