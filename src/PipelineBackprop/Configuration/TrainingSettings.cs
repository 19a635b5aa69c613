using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>How long to train and how often to look. Immutable.</summary>
public sealed record TrainingSettings
{
    /// <summary>Examples of a minibatch, at least 1; default 128.</summary>
    [SettingRange(1)]
    public int BatchSize { get; init; } = 128;

    /// <summary>Passes over the training data, at least 1; default 5.</summary>
    [SettingRange(1)]
    public int Epochs { get; init; } = 5;

    /// <summary>Steps in all, at least 1; they replace 'epochs'. Default null, epochs decide.</summary>
    [SettingRange(1)]
    public long? Steps { get; init; }

    /// <summary>Whether every epoch takes the examples in a new order; false keeps the order of the data. Default true.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Whether a last minibatch that is not full is left out; default false.</summary>
    public bool DropLast { get; init; }

    /// <summary>Evaluate on the test data every so many steps, at least 1; default null, not by steps.</summary>
    [SettingRange(1)]
    public int? EvaluateEverySteps { get; init; }

    /// <summary>Evaluate on the test data every so many epochs, at least 1; default 1; null for not by epochs.</summary>
    [SettingRange(1)]
    public int? EvaluateEveryEpochs { get; init; } = 1;

    /// <summary>When to stop for lack of progress; the best parameters are then restored. Default null, never.</summary>
    public EarlyStoppingSettings? EarlyStopping { get; init; }

    /// <summary>Save a checkpoint every so many steps, at least 1; default null, not by steps.</summary>
    [SettingRange(1)]
    public int? CheckpointEverySteps { get; init; }

    /// <summary>Save a checkpoint every so many epochs, at least 1; default 1; null for not by epochs.</summary>
    [SettingRange(1)]
    public int? CheckpointEveryEpochs { get; init; } = 1;

    /// <summary>Checkpoints that stay on disk, at least 1; older ones are removed. Default 2.</summary>
    [SettingRange(1)]
    public int KeepCheckpoints { get; init; } = 2;
}
