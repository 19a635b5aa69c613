using PipelineBackprop.Tensors;

namespace PipelineBackprop.Inference;

/// <summary>How a <see cref="Predictor"/> computes. Immutable.</summary>
public sealed record PredictorOptions
{
    /// <summary>
    /// Threads that share one call, its rows or its products, the caller's included; 1 to 1024, default 1. There is one such team: calls that come while it is at work
    /// compute on their own thread alone, with the same bits. Its threads stay awake for some 200 µs behind a call.
    /// </summary>
    public int Threads { get; init; } = 1;

    /// <summary>The number format; default float32.</summary>
    public ElementType ElementType { get; init; } = ElementType.Float32;

    /// <summary>
    /// Whether every layer's output is looked at for NaN and infinity; default false, and the outputs are what the network makes of the inputs, NaN included, as
    /// in a pipeline that looks once a step.
    /// </summary>
    public bool ChecksEveryLayer { get; init; }
}
