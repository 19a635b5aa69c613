using PipelineBackprop.Tensors;

namespace PipelineBackprop.Layers;

/// <summary>
/// One layer of a network: mathematics over device tensors, and nothing else. A layer is immutable and may serve several pipelines at once; what
/// belongs to a run is in the <see cref="LayerContext"/>. Tensors given to a layer stay the caller's; a tensor it returns becomes the caller's.
/// </summary>
public abstract class Layer
{
    /// <summary>The name in a run file: <c>dense</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>Width of an input row.</summary>
    public abstract int Inputs { get; }

    /// <summary>Width of an output row.</summary>
    public abstract int Outputs { get; }

    /// <summary>The parameters, in the order the context holds them; empty for a layer without.</summary>
    public virtual IReadOnlyList<ParameterSpecification> Parameters => [];

    /// <summary>Multiply-adds of one example's forward pass; the balance of stages is judged by it.</summary>
    public virtual long CostPerExample => Inputs;

    /// <summary>The layer's formula for the picture of the computational graph; the default is one operator f that takes x and every parameter.</summary>
    public virtual IReadOnlyList<LayerOperation> Operations =>
    [
        new("f", ToString(), "h")
        {
            Parameters = [.. Parameters.Select((parameter, index) => new OperationParameter(index, parameter.Name, "∂f", GradientNeeds.Input))],
            InputGradient = "∂f",
            InputNeeds = GradientNeeds.Input | GradientNeeds.Parameters,
        },
    ];

    /// <summary>y from x [n×Inputs]: returns a rented y [n×Outputs] and saves what the backward pass needs.</summary>
    public abstract DeviceTensor Forward(LayerContext context, DeviceTensor x);

    /// <summary>
    /// Action B: returns a rented ∂L/∂x [n×Inputs] from dy = ∂L/∂y [n×Outputs], or null where <see cref="LayerContext.NeedsInputGradient"/> is
    /// false, and saves what <see cref="BackwardParameters"/> needs.
    /// </summary>
    public abstract DeviceTensor? BackwardInput(LayerContext context, DeviceTensor dy);

    /// <summary>Action W: adds the micro-batch's parameter gradients to <see cref="LayerContext.Gradients"/>, or overwrites them.</summary>
    public virtual void BackwardParameters(LayerContext context) { }

    /// <summary>Prints as <c>dense 784→256 relu</c>.</summary>
    public override string ToString() => Inputs == Outputs ? $"{Kind} {Inputs}" : $"{Kind} {Inputs}→{Outputs}";
}
