namespace PipelineBackprop.Configuration;

/// <summary>Softmax cross-entropy on class indices.</summary>
public sealed record SoftmaxCrossEntropyLossSettings : LossSettings;
