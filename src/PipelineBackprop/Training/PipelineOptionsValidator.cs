using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Naming;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Training;

/// <summary>Checks options once, at the boundary; one sentence a fault.</summary>
internal static class PipelineOptionsValidator
{
    /// <summary>The options, checked, with lists of their own: what becomes of the caller's does not matter to them.</summary>
    /// <exception cref="InvalidInputException">Options that cannot work, in one sentence.</exception>
    public static PipelineOptions Checked(PipelineOptions options)
    {
        RequireNoNull(options);
        PipelineOptions own = options with
        {
            Layers = [.. options.Layers],
            Boundaries = options.Boundaries is { } boundaries ? [.. boundaries] : null,
            Recomputation = [.. options.Recomputation],
            Devices = [.. options.Devices],
        };
        Validate(own);
        return own;
    }

    /// <exception cref="InvalidInputException">An option is null that needs a value, or holds one.</exception>
    public static void RequireNoNull(PipelineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        RequireNotNull(options.Layers, "layers");
        RequireNotNull(options.Loss, "loss");
        RequireNotNull(options.Optimizer, "optimizer");
        RequireNotNull(options.WeightDecay, "weightDecay");
        RequireNotNull(options.Recomputation, "recomputation");
        RequireNotNull(options.Devices, "devices");
        RequireNotNull(options.TimeProvider, "timeProvider");
        RequireNotNull(options.WrittenSchedule ?? (object)options.Schedule, "schedule");
        for (int i = 0; i < options.Devices.Count; i++) Require(options.Devices[i] is not null, $"device {i} must not be null.");
    }

    public static void Validate(PipelineOptions options)
    {
        RequireNoNull(options);
        LayerChain.Validate(options.Layers);
        OptimizerStates.Validate(options.Optimizer);
        RequireKnown(options.ElementType, "elementType");
        RequireKnown(options.Precision, "precision");
        RequireKnown(options.Replay, "replay");
        RequireKnown(options.NonFiniteCheck, "nonFiniteCheck");
        foreach (Recomputation recomputation in options.Recomputation) RequireKnown(recomputation, "recomputation");
        Require(
            options.Stages >= 1 && options.Stages <= options.Layers.Count,
            $"stages must be from 1 to the {Counted.Of(options.Layers.Count, "layer")} of the model, got {options.Stages}.");
        Require(options.MicroBatches >= 1, $"microBatches must be at least 1, got {options.MicroBatches}.");
        Require(
            options.ThreadsPerStage is >= 1 and <= ComputeOptions.MostThreads,
            $"threads must be from 1 to {ComputeOptions.MostThreads} a stage, got {options.ThreadsPerStage}.");
        Require(options.ClipNorm is null or (> 0 and < double.PositiveInfinity), $"clipNorm must be positive and finite, got {options.ClipNorm}.");
        Require(options.WeightDecay.Lambda is >= 0 and < double.PositiveInfinity, $"weight decay λ must be at least 0 and finite, got {options.WeightDecay.Lambda}.");
        Require(
            options.LossScaling is null or { Initial: >= 1 and <= LossScaling.Largest, GrowthInterval: >= 1 } && (options.LossScaling is null || double.IsPow2(options.LossScaling.Initial)),
            $"lossScaling must start at a power of two from 1 to {LossScaling.Largest} and grow after at least 1 step, got {options.LossScaling?.Initial} and {options.LossScaling?.GrowthInterval}.");
        Require(
            options.StallTimeout >= TimeSpan.FromMilliseconds(50) && options.StallTimeout <= TimeSpan.FromDays(1),
            $"the stall timeout must be from 50 ms to 1 day, got {options.StallTimeout.TotalMilliseconds} ms.");
        if (options.WrittenSchedule is { } written) ValidateWritten(options, written);
        else ValidateNamed(options, ScheduleCatalog.Get(options.Schedule));
        ValidateStages(options, StageLayout.Of(options));
    }

    private static void RequireNotNull(object? value, string name) => Require(value is not null, $"{name} must not be null.");

    private static void RequireKnown<T>(T value, string name) where T : struct, Enum =>
        Require(Enum.IsDefined(value), $"{name} must be one of {string.Join(", ", Enum.GetNames<T>())}, got {value}.");

    private static void ValidateNamed(PipelineOptions options, IScheduleGenerator generator)
    {
        Require(generator.Chunks.Contains(options.Chunks ?? generator.Chunks.Default), $"chunks is {options.Chunks}, but schedule {generator.Name} has {generator.Chunks} on each device.");
        Require(
            options.LossScaling is null || generator.Generate(1, 1).Staleness is null,
            $"lossScaling cannot be used with the asynchronous schedule {generator.Name}, whose steps begin before the scale of the step before is known.");
    }

    private static void ValidateWritten(PipelineOptions options, PipelineSchedule written)
    {
        Require(written.Staleness is null, $"schedule {written.Name} is written and asynchronous; of asynchronous schedules the engine runs those of the catalogue, by their name.");
        Require(
            written.DeviceCount == options.Stages && written.MicroBatchCount == options.MicroBatches,
            $"schedule {written.Name} is written for {Lanes(written.DeviceCount, written.StageCount)} and {Counted.Of(written.MicroBatchCount, "micro-batch", "es")}, but the pipeline has {options.Stages} and {options.MicroBatches}.");
        Require(
            options.Chunks is null || (long)options.Chunks * options.Stages == written.StageCount,
            $"schedule {written.Name} is written for {Counted.Of(written.StageCount, "stage")} on {Lanes(written.DeviceCount, written.StageCount)}, but chunks is {options.Chunks}.");
        ScheduleValidator.ThrowIfInvalid(written);
    }

    private static void ValidateStages(PipelineOptions options, StageLayout layout)
    {
        int layers = options.Layers.Count;
        Require(
            options.Devices.Count is 0 or 1 || options.Devices.Count == layout.LaneCount,
            $"devices must name one device or one for each of the {Lanes(layout.LaneCount, layout.StageCount)}, got {options.Devices.Count}.");
        Require(
            layout.StageCount <= layers,
            $"schedule {options.WrittenSchedule?.Name ?? options.Schedule} splits the layers over {Counted.Of(layout.StageCount, "stage")} on {Lanes(layout.LaneCount, layout.StageCount)}, but the model has {Counted.Of(layers, "layer")}.");
        Require(
            options.Recomputation.Count is 0 or 1 || options.Recomputation.Count == layout.StageCount,
            $"recomputation must have one value or one for each of the {layout.StageCount} stages, got {options.Recomputation.Count}.");
        if (options.Boundaries is not { } boundaries) return;
        Require(boundaries.Count == layout.StageCount, $"boundaries must name the first layer of each of the {layout.StageCount} stages, got {boundaries.Count}.");
        for (int stage = 0; stage < boundaries.Count; stage++)
        {
            int lowest = stage == 0 ? 0 : boundaries[stage - 1] + 1, highest = stage == 0 ? 0 : layers - 1;
            Require(
                boundaries[stage] >= lowest && boundaries[stage] <= highest,
                $"boundary {stage} must be {(stage == 0 ? "0, the first layer" : $"a layer from {lowest} to {highest}")}, got {boundaries[stage]}.");
        }
    }

    // With one stage on each, a device of the schedule is called a stage.
    private static string Lanes(int lanes, int stages) => lanes == stages ? $"{lanes} stages" : $"{lanes} device{(lanes == 1 ? "" : "s")}";

    private static void Require(bool condition, FormattableString sentence)
    {
        if (!condition) throw new InvalidInputException(FormattableString.Invariant(sentence));
    }
}
