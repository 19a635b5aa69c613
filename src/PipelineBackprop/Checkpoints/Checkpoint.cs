namespace PipelineBackprop.Checkpoints;

/// <summary>
/// All that a training run needs to continue bit-equal: parameters, optimizer state, counters and random state. It is keyed by layer, never by
/// stage, so any split can read it. Immutable; the tensors borrow their numbers, which must stay unchanged while a save is under way.
/// </summary>
public sealed class Checkpoint
{
    /// <summary>The number of optimizer steps taken; at least 0.</summary>
    public required long Step { get; init; }

    /// <summary>The number of whole passes over the training data completed; default 0.</summary>
    public long Epoch { get; init; }

    /// <summary>The epoch that the sampler is drawing from; default 0.</summary>
    public long SamplerEpoch { get; init; }

    /// <summary>The number of examples that the sampler has handed out in its epoch; default 0.</summary>
    public long SamplerPosition { get; init; }

    /// <summary>The parameters: <c>layers.N.weight</c> of shape [out, in], <c>layers.N.bias</c> and so on; names are unique.</summary>
    public required IReadOnlyList<NamedTensor> Parameters { get; init; }

    /// <summary>The optimizer's tensors, such as <c>layers.N.weight.momentum</c>; names are unique; default none.</summary>
    public IReadOnlyList<NamedTensor> OptimizerState { get; init; } = [];

    /// <summary>The optimizer's name, such as <c>adam</c>; default empty.</summary>
    public string OptimizerName { get; init; } = "";

    /// <summary>The optimizer's scalar state; every double comes back exactly, NaN and infinities included; default none.</summary>
    public IReadOnlyDictionary<string, double> OptimizerScalars { get; init; } = new Dictionary<string, double>();

    /// <summary>Seeds and positions of the random streams, hashes of what they deal out; an unsigned number is stored as the signed number of the same bits; default none.</summary>
    public IReadOnlyDictionary<string, long> RandomState { get; init; } = new Dictionary<string, long>();

    /// <summary>What early stopping remembers, such as the best loss and its step; default none.</summary>
    public IReadOnlyDictionary<string, double> Best { get; init; } = new Dictionary<string, double>();

    /// <summary>True when this is the best evaluation so far: the newest such checkpoint is kept beside the last ones; default false.</summary>
    public bool IsBest { get; init; }

    /// <summary>A description (or its hash) of the model, to be compared before the parameters are used; default empty.</summary>
    public string ModelDescription { get; init; } = "";
}
