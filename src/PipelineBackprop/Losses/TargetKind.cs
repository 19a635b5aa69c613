namespace PipelineBackprop.Losses;

/// <summary>What the target row of an example holds.</summary>
public enum TargetKind
{
    /// <summary>One number: the index of the class, 0 to outputs − 1.</summary>
    ClassIndex,

    /// <summary>One number an output.</summary>
    Values,

    /// <summary>One number in [0, 1] an output.</summary>
    Probabilities,
}
