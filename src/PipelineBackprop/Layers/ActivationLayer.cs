using PipelineBackprop.Compute;
using PipelineBackprop.Naming;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Layers;

/// <summary>
/// An activation function on its own: y = φ(x), ∂L/∂x = ∂L/∂y ⊙ φ'(x). φ' comes from y for identity, relu, leaky relu, sigmoid and tanh, and
/// from x for gelu, silu and softplus; only that one is kept, and nothing for the identity. Ry = Rx ⊙ φ'(x), R∂L/∂x = R∂L/∂y ⊙ φ'(x) + ∂L/∂y ⊙ φ''(x) ⊙ Rx.
/// </summary>
public sealed class ActivationLayer : Layer
{
    private const int State = 0, StateTangent = 1;

    /// <summary>Creates the layer.</summary>
    /// <param name="width">Width of input and output rows, at least 1.</param>
    /// <param name="activation">φ.</param>
    public ActivationLayer(int width, Activation activation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        activation.ThrowIfUnusable(nameof(activation));
        Inputs = width;
        Activation = activation;
    }

    /// <summary>How a run file names this layer.</summary>
    internal static LayerKind Registration { get; } = new(
        "activation",
        "An activation function on its own.",
        [
            new("activation", SettingType.Choice, "The function.", IsRequired: true) { Choices = ActivationNames.All },
            new("slope", SettingType.Number, "Slope of leakyRelu below zero, above 0; default 0.01."),
        ],
        (inputs, settings) => new ActivationLayer(inputs, ActivationNames.Parse(settings.Activation!, settings.Slope)));

    /// <inheritdoc/>
    public override string Kind => "activation";

    /// <inheritdoc/>
    public override int Inputs { get; }

    /// <inheritdoc/>
    public override int Outputs => Inputs;

    /// <summary>φ.</summary>
    public Activation Activation { get; }

    /// <inheritdoc/>
    public override DeviceTensor Forward(LayerContext context, DeviceTensor x)
    {
        if (Activation.IsIdentity) return x.Retain();
        DeviceTensor y = context.RentOutput(x.Shape);
        context.Compute.Activate(Activation, x, y);
        context.Save(State, Activation.DerivativeFromOutput ? y : x);
        return y;
    }

    /// <inheritdoc/>
    public override DeviceTensor? BackwardInput(LayerContext context, DeviceTensor dy)
    {
        if (!context.NeedsInputGradient) return null;
        if (context.GetsGradientOfSums || Activation.IsIdentity) return dy.Retain();
        DeviceTensor dx = context.RentGradient(dy.Shape);
        context.Compute.ActivateBackward(Activation, context.Saved(State), dy, dx);
        return dx;
    }

    /// <inheritdoc/>
    internal override ActivationDerivative? Derivative(LayerContext context) =>
        Activation.IsIdentity ? null : new ActivationDerivative(Activation, context.Saved(State));

    /// <inheritdoc/>
    public override DeviceTensor? RForward(LayerContext context, DeviceTensor x, DeviceTensor? rx)
    {
        if (rx is null) return null;
        if (Activation.IsIdentity) return rx.Retain();
        DeviceTensor ry = context.RentOutput(x.Shape);
        context.Compute.ActivateBackward(Activation, context.Saved(State), rx, ry);
        context.Save(StateTangent, Activation.DerivativeFromOutput ? ry : rx);
        return ry;
    }

    /// <inheritdoc/>
    public override DeviceTensor? RBackwardInput(LayerContext context, DeviceTensor dy, DeviceTensor rdy)
    {
        if (!context.NeedsInputGradient) return null;
        if (Activation.IsIdentity) return rdy.Retain();
        DeviceTensor rdx = context.RentGradient(rdy.Shape);
        context.Compute.ActivateBackwardTangent(Activation, context.Saved(State), context.Saved(StateTangent), dy, rdy, rdx);
        return rdx;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<LayerOperation> Operations => OperationsOf(Activation);

    /// <inheritdoc/>
    public override string ToString() => $"{ActivationNames.Of(Activation.Kind)} {Inputs}";

    internal static IReadOnlyList<LayerOperation> OperationsOf(Activation activation) =>
    [
        new("φ", ActivationNames.Of(activation.Kind), "h")
        {
            InputGradient = activation.IsIdentity ? "" : "⊙φ′",
            InputNeeds = activation.IsIdentity ? GradientNeeds.None : activation.DerivativeFromOutput ? GradientNeeds.Output : GradientNeeds.Input,
        },
    ];
}
