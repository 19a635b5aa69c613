namespace PipelineBackprop.Compute;

/// <summary>An activation function with its constant.</summary>
/// <param name="Kind">Which function.</param>
/// <param name="Slope">The slope of leaky relu below zero; default 0.01, positive; ignored by the others.</param>
public readonly record struct Activation(ActivationKind Kind, double Slope = 0.01)
{
    /// <summary>φ(z) = z.</summary>
    public static Activation Identity => new(ActivationKind.Identity);

    /// <summary>φ(z) = max(z, 0).</summary>
    public static Activation Relu => new(ActivationKind.Relu);

    /// <summary>φ(z) = tanh z.</summary>
    public static Activation Tanh => new(ActivationKind.Tanh);

    /// <summary>φ(z) = 1 / (1 + e⁻ᶻ).</summary>
    public static Activation Sigmoid => new(ActivationKind.Sigmoid);

    /// <summary>
    /// Whether φ'(z) is computed from the output h = φ(z) (identity, relu, leaky relu, sigmoid, tanh) rather than from the input z (gelu,
    /// silu, softplus); it decides which of the two a layer keeps for the backward pass.
    /// </summary>
    public bool DerivativeFromOutput => Kind is not (ActivationKind.Gelu or ActivationKind.Silu or ActivationKind.Softplus);

    /// <summary>Whether this is the identity, which needs no pass at all.</summary>
    public bool IsIdentity => Kind == ActivationKind.Identity;

    /// <summary>Refuses a function that does not exist and a slope that none can have, where a layer is given one.</summary>
    internal void ThrowIfUnusable(string name)
    {
        if (!Enum.IsDefined(Kind)) throw new ArgumentOutOfRangeException(name, Kind, $"The activation must be one of {string.Join(", ", Enum.GetNames<ActivationKind>())}.");
        if (Kind == ActivationKind.LeakyRelu && !(Slope > 0 && double.IsFinite(Slope)))
            throw new ArgumentOutOfRangeException(name, Slope, "The slope of leaky relu must be a finite number above 0.");
    }
}
