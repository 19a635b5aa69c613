namespace PipelineBackprop.Configuration;

/// <summary>How weight decay enters a step.</summary>
public enum WeightDecayMode
{
    /// <summary>λW is added to the gradient: J = L + s.</summary>
    Coupled,

    /// <summary>ηλW is taken from the weights directly; s is 0.</summary>
    Decoupled,
}
