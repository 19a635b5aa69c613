namespace PipelineBackprop.Schedules;

/// <summary>What a stage does with one micro-batch. The letter of each kind is the one the field prints.</summary>
public enum ActionKind
{
    /// <summary>F: the activations of the stage from its input.</summary>
    Forward,

    /// <summary>B: the gradient of the stage's input from the gradient of its output.</summary>
    InputGradient,

    /// <summary>W: the gradients of the stage's parameters, added to those of the micro-batches before.</summary>
    WeightGradient,
}
