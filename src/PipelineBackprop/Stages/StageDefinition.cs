using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Stages;

/// <summary>What a stage is made of; immutable.</summary>
internal sealed record StageDefinition
{
    public required int Index { get; init; }

    public required int StageCount { get; init; }

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

    /// <summary>Whether gradients and optimizer state are left out, because no step is ever taken.</summary>
    public bool InferenceOnly { get; init; }

    public required ulong Seed { get; init; }

    public required MemoryLedger Ledger { get; init; }

    public bool IsFirst => Index == 0;

    public bool IsLast => Index == StageCount - 1;
}
