namespace PipelineBackprop.Diagnostics;

/// <summary>What a stage did for a stretch of a step.</summary>
public enum TimelineEventKind
{
    /// <summary>The whole step, from the stage's first message to its update; holds all others.</summary>
    Step,

    /// <summary>Action F, the loss included.</summary>
    Forward,

    /// <summary>Action B.</summary>
    InputGradient,

    /// <summary>Action W.</summary>
    WeightGradient,

    /// <summary>The optimizer: the sums of squares behind the last action, and later the step itself.</summary>
    Update,

    /// <summary>Nothing to do: the next action's input has not arrived, or other stages have not finished.</summary>
    Wait,

    /// <summary>
    /// Within a wait, of this stage or another of its device: weights that have changed are brought into the order in which the device multiplies by them.
    /// </summary>
    Preparation,

    /// <summary>Within a wait: parts of what other stages compute, their products, updates and elementwise work.</summary>
    Help,

    /// <summary>Within B: F once more, to bring back what it dropped.</summary>
    Recomputation,

    /// <summary>Within F or B: bringing a tensor to the stage's memory, or out of it for a neighbour.</summary>
    Transfer,
}
