namespace PipelineBackprop.Tests.Stages;

/// <summary>What a faulty layer does when its moment comes.</summary>
public enum FaultKind
{
    Throw,
    Cancel,
    StallUntilCancelled,
    StallForGood,
    NotANumber,
}
