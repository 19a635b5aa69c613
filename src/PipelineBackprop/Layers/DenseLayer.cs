using PipelineBackprop.Compute;
using PipelineBackprop.Naming;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Layers;

/// <summary>
/// A fully connected layer with an optional bias and a fused activation: z = x Wᵀ + b, y = φ(z), W [Outputs×Inputs], b [Outputs], x [n×Inputs].
/// Backward (the chapter's equations for rows of examples): ∂L/∂z = ∂L/∂y ⊙ φ'(z), ∂L/∂x = ∂L/∂z W, ∂L/∂W = ∂L/∂zᵀ x, ∂L/∂b = Σ rows of ∂L/∂z.
/// Their R-operators with W moving along V and b along v: Rz = Rx Wᵀ + x Vᵀ + v, Ry = Rz ⊙ φ'(z), R∂L/∂z = R∂L/∂y ⊙ φ'(z) + ∂L/∂y ⊙ φ''(z) ⊙ Rz,
/// R∂L/∂x = R∂L/∂z W + ∂L/∂z V, R∂L/∂W = R∂L/∂zᵀ x + ∂L/∂zᵀ Rx, R∂L/∂b = Σ rows of R∂L/∂z.
/// </summary>
public sealed class DenseLayer : Layer
{
    private const int Weight = 0, Bias = 1;
    private const int Input = 0, ActivationState = 1, PreActivationGradient = 2;
    private const int InputTangent = 3, ActivationStateTangent = 4, PreActivationGradientTangent = 5;

    /// <summary>Creates a layer of the given widths.</summary>
    /// <param name="inputs">Width of an input row, at least 1.</param>
    /// <param name="outputs">Width of an output row, at least 1.</param>
    /// <param name="activation">φ; default identity.</param>
    /// <param name="bias">Whether b is there; default true.</param>
    /// <param name="initializer">Start of W; default He normal for the relu family, gelu and silu, Xavier uniform otherwise. b starts at 0.</param>
    /// <exception cref="InvalidInputException">W would have more elements than an array.</exception>
    public DenseLayer(int inputs, int outputs, Activation activation = default, bool bias = true, Initializer? initializer = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        activation.ThrowIfUnusable(nameof(activation));
        if ((long)inputs * outputs > Array.MaxLength)
            throw new InvalidInputException($"dense {inputs}→{outputs} has {(long)inputs * outputs} weights; one parameter has at most {Array.MaxLength}.");
        Inputs = inputs;
        Outputs = outputs;
        Activation = activation;
        HasBias = bias;
        var weight = new ParameterSpecification("weight", Shape.Matrix(outputs, inputs), initializer ?? DefaultInitializer(activation), IsDecayed: true);
        var shift = new ParameterSpecification("bias", Shape.Vector(outputs), Initializer.Zeros, IsDecayed: false);
        Parameters = bias ? [weight, shift] : [weight];
    }

    /// <summary>How a run file names this layer.</summary>
    internal static LayerKind Registration { get; } = new(
        "dense",
        "A fully connected layer with an optional bias and activation.",
        [
            new("outputs", SettingType.Integer, "Width of an output row, at least 1.", IsRequired: true),
            new("activation", SettingType.Choice, "The function applied to the sums; default identity.") { Choices = ActivationNames.All },
            new("slope", SettingType.Number, "Slope of leakyRelu below zero, above 0; default 0.01."),
            new("bias", SettingType.Boolean, "Whether a bias is added; default true."),
            new("initializer", SettingType.Choice, "How the weights start; default heNormal for relu, leakyRelu, gelu and silu, else xavierUniform.")
            {
                Choices = InitializerNames.All,
            },
        ],
        (inputs, settings) => new DenseLayer(
            inputs,
            SettingCheck.AtLeast("outputs", settings.Outputs!.Value, 1),
            ActivationNames.Parse(settings.Activation ?? "identity", settings.Slope),
            settings.Bias ?? true,
            settings.Initializer is null ? null : InitializerNames.Parse(settings.Initializer)));

    /// <inheritdoc/>
    public override string Kind => "dense";

    /// <inheritdoc/>
    public override int Inputs { get; }

    /// <inheritdoc/>
    public override int Outputs { get; }

    /// <summary>φ.</summary>
    public Activation Activation { get; }

    /// <summary>Whether the layer has a bias.</summary>
    public bool HasBias { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpecification> Parameters { get; }

    /// <inheritdoc/>
    public override long CostPerExample => (long)Inputs * Outputs;

    /// <inheritdoc/>
    public override DeviceTensor Forward(LayerContext context, DeviceTensor x)
    {
        Shape shape = Shape.Matrix(x.Rows, Outputs);
        DeviceTensor y = context.RentOutput(shape);
        DeviceTensor? z = context.IsTraining && !Activation.DerivativeFromOutput ? context.RentOutput(shape) : null;
        context.Compute.Linear(
            x, context.Parameters[Weight], context.PackedWeight(Weight, WeightUse.Forward), HasBias ? context.Parameters[Bias] : null, Activation, z, y);
        context.Save(Input, x);
        if (!Activation.IsIdentity) context.Save(ActivationState, z ?? y);
        z?.Release();
        return y;
    }

    /// <inheritdoc/>
    public override DeviceTensor? BackwardInput(LayerContext context, DeviceTensor dy)
    {
        DeviceTensor dz = context.GetsGradientOfSums || Activation.IsIdentity ? dy.Retain() : GradientOfSums(context, dy);
        context.Save(PreActivationGradient, dz);
        DeviceTensor? dx = context.NeedsInputGradient ? GradientOfInput(context, dz) : null;
        dz.Release();
        return dx;
    }

    /// <inheritdoc/>
    internal override ActivationDerivative? Derivative(LayerContext context) =>
        Activation.IsIdentity ? null : new ActivationDerivative(Activation, context.Saved(ActivationState));

    /// <inheritdoc/>
    internal override bool TakesDerivativeBefore => true;

    // ∂L/∂z of a gradient that no product of this stage gave.
    private DeviceTensor GradientOfSums(LayerContext context, DeviceTensor dy)
    {
        DeviceTensor dz = context.RentGradient(dy.Shape);
        context.Compute.ActivateBackward(Activation, context.Saved(ActivationState), dy, dz);
        return dz;
    }

    private DeviceTensor GradientOfInput(LayerContext context, DeviceTensor dz)
    {
        DeviceTensor dx = context.RentGradient(Shape.Matrix(dz.Rows, Inputs)), weight = context.Parameters[Weight];
        DeviceTensor? packed = context.PackedWeight(Weight, WeightUse.InputGradient);
        if (context.TakeDerivativeBefore() is { } before) context.Compute.LinearInputGradient(dz, weight, packed, before.Activation, before.Saved, dx);
        else context.Compute.LinearInputGradient(dz, weight, packed, dx);
        return dx;
    }

    /// <inheritdoc/>
    public override void BackwardParameters(LayerContext context)
    {
        DeviceTensor dz = context.Saved(PreActivationGradient);
        // First, while ∂L/∂z is still in the cache.
        if (HasBias) context.Compute.SumRows(dz, context.Gradients[Bias], context.Accumulate);
        context.Compute.LinearWeightGradient(dz, context.Saved(Input), context.Gradients[Weight], context.Accumulate, context.Completes);
    }

    /// <inheritdoc/>
    public override DeviceTensor? RForward(LayerContext context, DeviceTensor x, DeviceTensor? rx)
    {
        DeviceTensor rz = context.RentOutput(Shape.Matrix(x.Rows, Outputs));
        DeviceTensor direction = context.Direction[Weight];
        DeviceTensor? shift = HasBias ? context.Direction[Bias] : null;
        if (rx is null)
        {
            context.Compute.Linear(x, direction, shift, Activation.Identity, null, rz);
        }
        else
        {
            context.Compute.Linear(rx, context.Parameters[Weight], context.PackedWeight(Weight, WeightUse.Forward), shift, Activation.Identity, null, rz);
            context.Compute.MatrixProduct(x, transposeA: false, direction, transposeB: true, rz, accumulate: true);
            context.Save(InputTangent, rx);
        }
        if (Activation.IsIdentity) return rz;
        // Where φ' comes from y, nobody needs Rz once Ry is there.
        DeviceTensor ry = Activation.DerivativeFromOutput ? rz.Retain() : context.RentOutput(rz.Shape);
        context.Compute.ActivateBackward(Activation, context.Saved(ActivationState), rz, ry);
        context.Save(ActivationStateTangent, rz);
        rz.Release();
        return ry;
    }

    /// <inheritdoc/>
    public override DeviceTensor? RBackwardInput(LayerContext context, DeviceTensor dy, DeviceTensor rdy)
    {
        DeviceTensor rdz = Activation.IsIdentity ? rdy.Retain() : context.RentGradient(rdy.Shape);
        if (!Activation.IsIdentity)
            context.Compute.ActivateBackwardTangent(Activation, context.Saved(ActivationState), context.Saved(ActivationStateTangent), dy, rdy, rdz);
        context.Save(PreActivationGradientTangent, rdz);
        DeviceTensor? rdx = null;
        if (context.NeedsInputGradient)
        {
            rdx = context.RentGradient(Shape.Matrix(rdz.Rows, Inputs));
            context.Compute.LinearInputGradient(rdz, context.Parameters[Weight], context.PackedWeight(Weight, WeightUse.InputGradient), rdx);
            context.Compute.MatrixProduct(
                context.Saved(PreActivationGradient), transposeA: false, context.Direction[Weight], transposeB: false, rdx, accumulate: true);
        }
        rdz.Release();
        return rdx;
    }

    /// <inheritdoc/>
    public override void RBackwardParameters(LayerContext context)
    {
        DeviceTensor rdz = context.Saved(PreActivationGradientTangent), sum = context.Gradients[Weight];
        bool isWhole = !context.NeedsInputGradient; // x does not move
        context.Compute.LinearWeightGradient(rdz, context.Saved(Input), sum, context.Accumulate, isWhole && context.Completes);
        if (!isWhole)
            context.Compute.LinearWeightGradient(context.Saved(PreActivationGradient), context.Saved(InputTangent), sum, accumulate: true, context.Completes);
        if (HasBias) context.Compute.SumRows(rdz, context.Gradients[Bias], context.Accumulate);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<LayerOperation> Operations =>
    [
        new("×", "", "z")
        {
            Parameters = [new(Weight, "W", "×", GradientNeeds.Input)],
            InputGradient = "×",
            InputNeeds = GradientNeeds.Parameters,
            IsInner = HasBias,
        },
        .. HasBias ? [new LayerOperation("+", "", "z") { Parameters = [new(Bias, "b", "Σ", GradientNeeds.None)] }] : Array.Empty<LayerOperation>(),
        .. Activation.IsIdentity ? [] : ActivationLayer.OperationsOf(Activation),
    ];

    /// <inheritdoc/>
    public override string ToString() =>
        $"dense {Inputs}→{Outputs}{(Activation.IsIdentity ? "" : " " + ActivationNames.Of(Activation.Kind))}";

    private static Initializer DefaultInitializer(Activation activation) =>
        activation.Kind is ActivationKind.Relu or ActivationKind.LeakyRelu or ActivationKind.Gelu or ActivationKind.Silu
            ? Initializer.HeNormal
            : Initializer.XavierUniform;
}
