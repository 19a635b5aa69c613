namespace PipelineBackprop.Schedules;

/// <summary>Which micro-batches' activations a stage drops behind F and computes again before B (Chen et al. 2016): less stash, one more F each.</summary>
public enum Recomputation
{
    /// <summary>None.</summary>
    Never,

    /// <summary>Every micro-batch but the last.</summary>
    AllButLast,

    /// <summary>Every micro-batch.</summary>
    Always,
}
