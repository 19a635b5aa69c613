namespace PipelineBackprop.Configuration;

/// <summary>Binary cross-entropy on logits, summed over the outputs.</summary>
public sealed record BinaryCrossEntropyLossSettings : LossSettings;
