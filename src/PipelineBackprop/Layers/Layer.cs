using PipelineBackprop.Tensors;

namespace PipelineBackprop.Layers;

/// <summary>
/// One layer of a network: mathematics over device tensors, and nothing else. A layer is immutable and may serve several pipelines at once; what
/// belongs to a run is in the <see cref="LayerContext"/>. Tensors given to a layer stay the caller's; a tensor it returns becomes the caller's, so
/// that one it was given is returned retained. A call that returns something else than is asked for, or holds on to a tensor that it rented, fails and names the layer.
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

    /// <summary>
    /// Pearlmutter's R-operator on <see cref="Forward"/> (Fast exact multiplication by the Hessian, Neural Computation 6, 1994): the derivative of y, rented, as the
    /// parameters move along <see cref="LayerContext.Direction"/> and x along <paramref name="rx"/>. Called behind Forward on the same x, in training only; saves
    /// what <see cref="RBackwardInput"/> and <see cref="RBackwardParameters"/> need.
    /// </summary>
    /// <param name="context">The context Forward had.</param>
    /// <param name="x">The input [n×Inputs].</param>
    /// <param name="rx">Its tangent [n×Inputs]; null where x does not move, which is where <see cref="LayerContext.NeedsInputGradient"/> is false.</param>
    /// <returns>The tangent of y [n×Outputs]; null where neither x nor any parameter moves.</returns>
    public abstract DeviceTensor? RForward(LayerContext context, DeviceTensor x, DeviceTensor? rx);

    /// <summary>
    /// The R-operator on <see cref="BackwardInput"/>: the tangent of ∂L/∂x, rented, from dy and its tangent <paramref name="rdy"/> [n×Outputs], or null where
    /// <see cref="LayerContext.NeedsInputGradient"/> is false. Called behind BackwardInput on the same dy.
    /// </summary>
    public abstract DeviceTensor? RBackwardInput(LayerContext context, DeviceTensor dy, DeviceTensor rdy);

    /// <summary>
    /// The R-operator on <see cref="BackwardParameters"/>, which is not called itself: adds the tangents of the parameters' gradients to
    /// <see cref="LayerContext.Gradients"/>, or overwrites them.
    /// </summary>
    public virtual void RBackwardParameters(LayerContext context) { }

    /// <summary>
    /// The φ' that <see cref="BackwardInput"/> multiplies dy by before anything else, which it leaves out where <see cref="LayerContext.GetsGradientOfSums"/> says
    /// so; null for none.
    /// </summary>
    internal virtual ActivationDerivative? Derivative(LayerContext context) => null;

    /// <summary>
    /// Whether <see cref="BackwardInput"/> multiplies ∂L/∂x by <see cref="LayerContext.TakeDerivativeBefore"/>. Not where a layer around it, which has the same context, makes
    /// something else of its result: such a layer says false, the default.
    /// </summary>
    internal virtual bool TakesDerivativeBefore => false;

    /// <summary>Prints as <c>dense 784→256 relu</c>.</summary>
    public override string ToString() => Inputs == Outputs ? $"{Kind} {Inputs}" : $"{Kind} {Inputs}→{Outputs}";
}
