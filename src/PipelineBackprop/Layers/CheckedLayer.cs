using PipelineBackprop.Tensors;

namespace PipelineBackprop.Layers;

/// <summary>
/// The calls of a layer as the engine makes them, looked at where they return: the result is the caller's and has its shape, and nothing else is left lent. A layer that
/// kept house badly would otherwise be blamed on the next one, or on nobody.
/// </summary>
internal static class CheckedLayer
{
    /// <summary><see cref="Layer.Forward"/>.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="context">Its context.</param>
    /// <param name="x">The input.</param>
    /// <param name="index">The layer's number for the sentence of a fault; null where whoever catches it names the layer.</param>
    /// <exception cref="InvalidOperationException">The layer broke its contract; says how.</exception>
    public static DeviceTensor Forward(Layer layer, LayerContext context, DeviceTensor x, int? index = null)
    {
        int retains = x.Retains;
        DeviceTensor y = layer.Forward(context, x);
        Check(nameof(Forward), y, isDue: true, layer.Outputs, x, retains, layer, context, index);
        return y;
    }

    /// <summary><see cref="Layer.RForward"/>.</summary>
    /// <inheritdoc cref="Forward"/>
    public static DeviceTensor? RForward(Layer layer, LayerContext context, DeviceTensor x, DeviceTensor? rx)
    {
        DeviceTensor given = rx ?? x;
        int retains = given.Retains;
        DeviceTensor? ry = layer.RForward(context, x, rx);
        Check(nameof(RForward), ry, rx is not null || layer.Parameters.Count > 0, layer.Outputs, given, retains, layer, context, index: null);
        return ry;
    }

    /// <summary><see cref="Layer.BackwardInput"/>.</summary>
    /// <inheritdoc cref="Forward"/>
    public static DeviceTensor? BackwardInput(Layer layer, LayerContext context, DeviceTensor dy, int? index = null)
    {
        int retains = dy.Retains;
        DeviceTensor? dx = layer.BackwardInput(context, dy);
        Check(nameof(BackwardInput), dx, context.NeedsInputGradient, layer.Inputs, dy, retains, layer, context, index);
        return dx;
    }

    /// <summary><see cref="Layer.RBackwardInput"/>.</summary>
    /// <inheritdoc cref="Forward"/>
    public static DeviceTensor? RBackwardInput(Layer layer, LayerContext context, DeviceTensor dy, DeviceTensor rdy)
    {
        int retains = rdy.Retains;
        DeviceTensor? rdx = layer.RBackwardInput(context, dy, rdy);
        Check(nameof(RBackwardInput), rdx, context.NeedsInputGradient, layer.Inputs, rdy, retains, layer, context, index: null);
        return rdx;
    }

    /// <summary><see cref="Layer.BackwardParameters"/>.</summary>
    /// <inheritdoc cref="Forward"/>
    public static void BackwardParameters(Layer layer, LayerContext context, int? index = null)
    {
        layer.BackwardParameters(context);
        CheckLent(nameof(BackwardParameters), null, layer, context, index);
    }

    /// <summary><see cref="Layer.RBackwardParameters"/>.</summary>
    /// <inheritdoc cref="Forward"/>
    public static void RBackwardParameters(Layer layer, LayerContext context)
    {
        layer.RBackwardParameters(context);
        CheckLent(nameof(RBackwardParameters), null, layer, context, index: null);
    }

    private static void Check(
        string call, DeviceTensor? result, bool isDue, int columns, DeviceTensor given, int retains, Layer layer, LayerContext context, int? index)
    {
        if (result is not null) CheckResult(call, result, columns, given, retains, layer, context, index);
        else if (isDue) throw Fault(layer, index, $"{call} returned null; it must return a rented [{given.Rows}×{columns}].");
        CheckLent(call, result, layer, context, index);
    }

    private static void CheckResult(
        string call, DeviceTensor result, int columns, DeviceTensor given, int retains, Layer layer, LayerContext context, int? index)
    {
        Shape shape = result.Shape;
        if (shape.Rank != 2 || shape.Rows != given.Rows || shape.Columns != columns)
            throw Fault(layer, index, $"{call} returned {shape}; it must return [{given.Rows}×{columns}].");
        if (!result.IsLent)
            throw Fault(layer, index, $"{call} returned a tensor {shape} that it had released; the caller releases what a layer returns.");
        // One of the references is the caller's own, and those of the frame are the frame's.
        if (ReferenceEquals(result, given) && result.Retains - retains <= context.Frame.CountOf(result))
            throw Fault(layer, index, $"{call} returned the tensor {shape} it was given and did not retain it; it must return one of its own, or the given one retained.");
    }

    private static void CheckLent(string call, DeviceTensor? result, Layer layer, LayerContext context, int? index)
    {
        if (context.TakeForgotten(result) is not ({ } forgotten, bool isScratch)) return;
        throw Fault(layer, index, isScratch
            ? $"{call} rented scratch {forgotten.Shape} and did not release it; a layer must release its scratch before it returns."
            : (FormattableString)$"{call} rented a tensor {forgotten.Shape} and still holds it; a layer must release what it neither returns nor saves.");
    }

    private static InvalidOperationException Fault(Layer layer, int? index, FormattableString sentence)
    {
        string text = FormattableString.Invariant(sentence);
        return new InvalidOperationException(index is { } number ? FormattableString.Invariant($"layer {number} ({layer}): {text}") : text);
    }
}
