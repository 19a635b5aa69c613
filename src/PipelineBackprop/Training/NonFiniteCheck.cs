namespace PipelineBackprop.Training;

/// <summary>When a step looks for NaN and infinity. Either way a step that has one is refused, changes nothing and names the place.</summary>
public enum NonFiniteCheck
{
    /// <summary>After every action of every layer, at the price of reading every result once more.</summary>
    Action,

    /// <summary>
    /// Once a step, in the loss and the gradient norms, which costs nothing. Where it finds one, the pass is run again with a look after every action: the
    /// numbers are the same, so the exact place is found; should it not come back, the loss or the parameter whose gradient was bad is named.
    /// </summary>
    Step,
}
