using PipelineBackprop.Naming;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Layers;

/// <summary>
/// Layer normalisation (Ba, Kiros and Hinton 2016): per row x̂ = (x − mean) / √(variance + ε), y = x̂ ⊙ gain + shift, with the biased variance. Backward, with
/// g = ∂L/∂y ⊙ gain and means over the row: ∂L/∂x = (g − mean(g) − x̂ · mean(g ⊙ x̂)) / √(variance + ε), ∂L/∂gain = Σ rows of ∂L/∂y ⊙ x̂,
/// ∂L/∂shift = Σ rows of ∂L/∂y. The R-operators are in <see cref="Compute.ICompute.LayerNormalizeTangent"/> and
/// <see cref="Compute.ICompute.LayerNormalizeBackwardTangent"/>; R∂L/∂gain = Σ rows of R∂L/∂y ⊙ x̂ + ∂L/∂y ⊙ Rx̂, R∂L/∂shift = Σ rows of R∂L/∂y. Gain [width] starts at 1, shift [width] at 0; neither is decayed.
/// </summary>
public sealed class LayerNormalizationLayer : Layer
{
    private const int Gain = 0, Shift = 1;
    private const int Normalized = 0, InverseDeviation = 1, OutputGradient = 2;
    private const int NormalizedTangent = 3, InverseDeviationTangent = 4, OutputGradientTangent = 5;

    /// <summary>Creates the layer.</summary>
    /// <param name="width">Width of input and output rows, at least 1.</param>
    /// <param name="epsilon">ε, positive; default 1e-5.</param>
    public LayerNormalizationLayer(int width, double epsilon = 1e-5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        HyperparameterCheck.Positive(epsilon);
        Inputs = width;
        Epsilon = epsilon;
        Parameters =
        [
            new ParameterSpecification("gain", Shape.Vector(width), Initializer.Ones, IsDecayed: false),
            new ParameterSpecification("shift", Shape.Vector(width), Initializer.Zeros, IsDecayed: false),
        ];
    }

    /// <summary>How a run file names this layer.</summary>
    internal static LayerKind Registration { get; } = new(
        "layerNormalization",
        "Normalises each row to mean 0 and variance 1, then scales and shifts it by learnt vectors.",
        [new("epsilon", SettingType.Number, "Added to the variance, above 0; default 1e-5.")],
        (inputs, settings) => new LayerNormalizationLayer(inputs, SettingCheck.Positive("epsilon", settings.Epsilon ?? 1e-5)));

    /// <inheritdoc/>
    public override string Kind => "layerNormalization";

    /// <inheritdoc/>
    public override int Inputs { get; }

    /// <inheritdoc/>
    public override int Outputs => Inputs;

    /// <summary>ε.</summary>
    public double Epsilon { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpecification> Parameters { get; }

    /// <inheritdoc/>
    public override DeviceTensor Forward(LayerContext context, DeviceTensor x)
    {
        DeviceTensor y = context.RentOutput(x.Shape);
        DeviceTensor normalized = context.RentOutput(x.Shape);
        DeviceTensor inverseDeviation = context.RentOutput(Shape.Vector(x.Rows));
        context.Compute.LayerNormalize(x, context.Parameters[Gain], context.Parameters[Shift], Epsilon, normalized, inverseDeviation, y);
        context.Save(Normalized, normalized);
        context.Save(InverseDeviation, inverseDeviation);
        normalized.Release();
        inverseDeviation.Release();
        return y;
    }

    /// <inheritdoc/>
    public override DeviceTensor? BackwardInput(LayerContext context, DeviceTensor dy)
    {
        context.Save(OutputGradient, dy);
        if (!context.NeedsInputGradient) return null;
        DeviceTensor dx = context.RentGradient(dy.Shape);
        context.Compute.LayerNormalizeBackward(
            context.Saved(Normalized), context.Saved(InverseDeviation), context.Parameters[Gain], dy, dx);
        return dx;
    }

    /// <inheritdoc/>
    public override void BackwardParameters(LayerContext context)
    {
        DeviceTensor dy = context.Saved(OutputGradient);
        context.Compute.SumRowsOfProduct(dy, context.Saved(Normalized), context.Gradients[Gain], context.Accumulate);
        context.Compute.SumRows(dy, context.Gradients[Shift], context.Accumulate);
    }

    /// <inheritdoc/>
    public override DeviceTensor? RForward(LayerContext context, DeviceTensor x, DeviceTensor? rx)
    {
        DeviceTensor ry = context.RentOutput(x.Shape), normalized = context.RentOutput(x.Shape), inverseDeviation = context.RentOutput(Shape.Vector(x.Rows));
        DeviceTensor moved = rx?.Retain() ?? Still(context, x.Shape);
        context.Compute.LayerNormalizeTangent(
            context.Saved(Normalized), context.Saved(InverseDeviation), context.Parameters[Gain], context.Direction[Gain], context.Direction[Shift],
            moved, normalized, inverseDeviation, ry);
        moved.Release();
        context.Save(NormalizedTangent, normalized);
        context.Save(InverseDeviationTangent, inverseDeviation);
        normalized.Release();
        inverseDeviation.Release();
        return ry;
    }

    /// <inheritdoc/>
    public override DeviceTensor? RBackwardInput(LayerContext context, DeviceTensor dy, DeviceTensor rdy)
    {
        context.Save(OutputGradientTangent, rdy);
        if (!context.NeedsInputGradient) return null;
        DeviceTensor rdx = context.RentGradient(rdy.Shape);
        context.Compute.LayerNormalizeBackwardTangent(
            context.Saved(Normalized), context.Saved(InverseDeviation), context.Saved(NormalizedTangent), context.Saved(InverseDeviationTangent),
            context.Parameters[Gain], context.Direction[Gain], dy, rdy, rdx);
        return rdx;
    }

    /// <inheritdoc/>
    public override void RBackwardParameters(LayerContext context)
    {
        DeviceTensor dy = context.Saved(OutputGradient), rdy = context.Saved(OutputGradientTangent);
        context.Compute.SumRowsOfProduct(rdy, context.Saved(Normalized), context.Gradients[Gain], context.Accumulate);
        context.Compute.SumRowsOfProduct(dy, context.Saved(NormalizedTangent), context.Gradients[Gain], accumulate: true);
        context.Compute.SumRows(rdy, context.Gradients[Shift], context.Accumulate);
    }

    // As the first layer with parameters it has an input that does not move.
    private static DeviceTensor Still(LayerContext context, Shape shape)
    {
        DeviceTensor zeros = context.RentScratch(shape);
        context.Compute.Fill(zeros, 0);
        return zeros;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<LayerOperation> Operations =>
    [
        new("x̂", "normalise", "n") { InputGradient = "∂x̂", InputNeeds = GradientNeeds.Output },
        new("⊙", "", "h")
        {
            Parameters = [new(Gain, "γ", "Σ⊙", GradientNeeds.Input)],
            InputGradient = "⊙",
            InputNeeds = GradientNeeds.Parameters,
            IsInner = true,
        },
        new("+", "", "h") { Parameters = [new(Shift, "β", "Σ", GradientNeeds.None)] },
    ];
}
