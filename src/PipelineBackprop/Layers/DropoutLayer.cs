using PipelineBackprop.Compute;
using PipelineBackprop.Naming;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Layers;

/// <summary>
/// Inverted dropout (Srivastava et al. 2014): in training y = x ⊙ mask / (1 − rate), where an element's mask is 0 with probability rate and else 1, and
/// ∂L/∂x = ∂L/∂y ⊙ mask / (1 − rate); in prediction y = x. The mask is a function of seed, layer, step and example (<see cref="DropoutMask"/>),
/// drawn again in the backward pass, so nothing is kept. A linear layer: tangents go through the same mask.
/// </summary>
public sealed class DropoutLayer : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="width">Width of input and output rows, at least 1.</param>
    /// <param name="rate">Probability of dropping, in [0, 1); default 0.5.</param>
    public DropoutLayer(int width, double rate = 0.5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (rate is not (>= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(rate), rate, "The rate of dropping is at least 0 and below 1.");
        Inputs = width;
        Rate = rate;
    }

    /// <summary>How a run file names this layer.</summary>
    internal static LayerKind Registration { get; } = new(
        "dropout",
        "Sets elements to zero at random in training, and does nothing in prediction.",
        [new("rate", SettingType.Number, "Probability of dropping an element, at least 0 and below 1; default 0.5.")],
        (inputs, settings) => new DropoutLayer(inputs, SettingCheck.BelowOne("rate", settings.Rate ?? 0.5)));

    /// <inheritdoc/>
    public override string Kind => "dropout";

    /// <inheritdoc/>
    public override int Inputs { get; }

    /// <inheritdoc/>
    public override int Outputs => Inputs;

    /// <summary>Probability of dropping.</summary>
    public double Rate { get; }

    /// <inheritdoc/>
    public override DeviceTensor Forward(LayerContext context, DeviceTensor x)
    {
        if (!context.IsTraining || Rate == 0) return x.Retain();
        DeviceTensor y = context.RentOutput(x.Shape);
        context.Compute.Dropout(Mask(context), x, y);
        return y;
    }

    /// <inheritdoc/>
    public override DeviceTensor? BackwardInput(LayerContext context, DeviceTensor dy)
    {
        if (!context.NeedsInputGradient) return null;
        if (Rate == 0) return dy.Retain();
        DeviceTensor dx = context.RentGradient(dy.Shape);
        context.Compute.Dropout(Mask(context), dy, dx);
        return dx;
    }

    /// <inheritdoc/>
    public override DeviceTensor? RForward(LayerContext context, DeviceTensor x, DeviceTensor? rx) => rx is null ? null : Forward(context, rx);

    /// <inheritdoc/>
    public override DeviceTensor? RBackwardInput(LayerContext context, DeviceTensor dy, DeviceTensor rdy) => BackwardInput(context, rdy);

    /// <inheritdoc/>
    public override IReadOnlyList<LayerOperation> Operations =>
        [new("⊙", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"dropout {Rate}"), "d") { InputGradient = Rate == 0 ? "" : "⊙" }];

    /// <inheritdoc/>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"dropout {Inputs} rate {Rate}");

    private DropoutMask Mask(LayerContext context) => new(Rate, context.RandomKey, (ulong)context.Step, context.FirstExample);
}
