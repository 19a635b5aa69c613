using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Stages;

/// <summary>What a stage is made of; immutable.</summary>
internal sealed record StageDefinition
{
    public required int Index { get; init; }

    public required int StageCount { get; init; }

    /// <summary>The lane that runs the stage: its device in the schedule.</summary>
    public required int Lane { get; init; }

    /// <summary>Index in the model of the stage's first layer.</summary>
    public required int FirstLayer { get; init; }

    public required IReadOnlyList<Layer> Layers { get; init; }

    /// <summary>Whether any layer before this stage has parameters.</summary>
    public required bool NeedsInputGradient { get; init; }

    public required Loss Loss { get; init; }

    public required Optimizer Optimizer { get; init; }

    public required WeightDecay Decay { get; init; }

    public required IDevice Device { get; init; }

    public required ComputeOptions ComputeOptions { get; init; }

    /// <summary>Which micro-batches' activations are dropped behind F and computed again before B.</summary>
    public required Recomputation Recomputation { get; init; }

    /// <summary>Versions of the weights that the stage holds, and passes that can overlap: 2 where the schedule is asynchronous, else 1.</summary>
    public required int WeightVersions { get; init; }

    /// <summary>Whether gradients and optimizer state are left out, because no step is ever taken.</summary>
    public bool InferenceOnly { get; init; }

    /// <summary>
    /// Whether NaN and infinity are reported at the end of a pass: because some stage's device would have to be waited for after each action, or because
    /// loss scaling may skip the step.
    /// </summary>
    public required bool ReportsNonFiniteAtEnd { get; init; }

    public required ulong Seed { get; init; }

    public required MemoryLedger Ledger { get; init; }

    /// <summary>The device of the previous stage, which takes the gradients; null at the first.</summary>
    public IDevice? PreviousDevice { get; init; }

    /// <summary>The device of the next stage, which takes the outputs; null at the last.</summary>
    public IDevice? NextDevice { get; init; }

    /// <summary>Whether the previous stage is on the same opened device or lane, so that gradients reach it without leaving the device.</summary>
    public required bool SharesWithPrevious { get; init; }

    /// <summary>Whether the next stage is on the same opened device or lane, so that outputs reach it without leaving the device.</summary>
    public required bool SharesWithNext { get; init; }

    /// <summary>Whether layers, loss, optimizer and device are this library's, none of a user's making.</summary>
    public bool IsOwnCode => ((IEnumerable<object>)[.. Layers, Loss, Optimizer, Device]).All(part => part.GetType().Assembly == typeof(StageDefinition).Assembly);

    public bool IsFirst => Index == 0;

    public bool IsLast => Index == StageCount - 1;
}
