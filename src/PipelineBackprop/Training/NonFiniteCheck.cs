namespace PipelineBackprop.Training;

/// <summary>When a step looks for NaN and infinity. Either way a step that has one is refused and changes nothing.</summary>
public enum NonFiniteCheck
{
    /// <summary>After every action of every layer: the exception names the exact place.</summary>
    Action,

    /// <summary>Once a step, in the loss and the gradient norms: cheaper, the place is the parameter whose gradient was bad.</summary>
    Step,
}
