namespace PipelineBackprop.Planning;

/// <summary>What the engine takes beside the layers, measured on pipelines whose layers do next to nothing; seconds. Immutable.</summary>
/// <param name="Forward">Of each F.</param>
/// <param name="InputGradient">Of each B.</param>
/// <param name="WeightGradient">Of each W.</param>
public sealed record EngineProfile(ActionOverhead Forward, ActionOverhead InputGradient, ActionOverhead WeightGradient)
{
    /// <summary>An engine that takes no time.</summary>
    public static EngineProfile None { get; } = new(default, default, default);

    /// <summary>From the end of an action to the start of the one that waits for it on another stage.</summary>
    public double HandOver { get; init; }

    /// <summary>What that takes longer when the stage's thread has gone to sleep.</summary>
    public double WakeUp { get; init; }

    /// <summary>How long a thread without work stays awake.</summary>
    public double AwakeFor { get; init; } = double.PositiveInfinity;

    /// <summary>Of a step of several stages: before the first action and behind the last, but for the update.</summary>
    public double Step { get; init; }

    /// <summary>The same of a step of a single stage.</summary>
    public double StepAlone { get; init; }
}
