namespace PipelineBackprop.Compute;

/// <summary>The elementwise functions φ.</summary>
public enum ActivationKind
{
    /// <summary>φ(z) = z.</summary>
    Identity,

    /// <summary>φ(z) = max(z, 0); φ'(0) = 0.</summary>
    Relu,

    /// <summary>φ(z) = z for z &gt; 0, else slope · z.</summary>
    LeakyRelu,

    /// <summary>φ(z) = 1 / (1 + e⁻ᶻ).</summary>
    Sigmoid,

    /// <summary>φ(z) = tanh z.</summary>
    Tanh,

    /// <summary>φ(z) = z Φ(z) with Φ the normal distribution function (the exact form, by erf).</summary>
    Gelu,

    /// <summary>φ(z) = z / (1 + e⁻ᶻ), also called swish.</summary>
    Silu,

    /// <summary>φ(z) = ln(1 + eᶻ).</summary>
    Softplus,
}
