using PipelineBackprop.Checkpoints;

namespace PipelineBackprop.Training;

/// <summary>How a trainer goes over its data. Immutable; checked once, by the trainer.</summary>
public sealed record TrainerOptions
{
    /// <summary>Examples in a minibatch, at least 1; default 128.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Passes over the training set, at least 1; default 1. Ignored when <see cref="Steps"/> is set.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Steps of the training in all, those before a resume included, at least 1; null (default) goes by <see cref="Epochs"/>.</summary>
    public long? Steps { get; init; }

    /// <summary>Whether each epoch is dealt in a new random order; default true. Without it, in file order.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Whether a short last minibatch of an epoch is left out; default false.</summary>
    public bool DropLast { get; init; }

    /// <summary>Seed of the shuffling; default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>η of a step of the training, counted from 0; null (default) keeps the optimizer's.</summary>
    public Func<long, double>? LearningRate { get; init; }

    /// <summary>Whether the step of the training of that number, from 1, is recorded (<see cref="Pipeline.RecordsTimeline"/>); null (default) records none.</summary>
    public Func<long, bool>? RecordsTimelineOf { get; init; }

    /// <summary>Steps between evaluations, at least 1; null (default) goes by <see cref="EvaluateEveryEpochs"/> alone.</summary>
    public long? EvaluateEverySteps { get; init; }

    /// <summary>Epochs between evaluations, at least 1; default 1; null for none.</summary>
    public int? EvaluateEveryEpochs { get; init; } = 1;

    /// <summary>When to stop early; null (default) never.</summary>
    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>Where checkpoints go; null (default) keeps none.</summary>
    public CheckpointStore? Checkpoints { get; init; }

    /// <summary>Steps between checkpoints, at least 1; null (default) goes by <see cref="CheckpointEveryEpochs"/> alone.</summary>
    public long? CheckpointEverySteps { get; init; }

    /// <summary>Epochs between checkpoints, at least 1; default 1; null for none but the last.</summary>
    public int? CheckpointEveryEpochs { get; init; } = 1;
}
