namespace PipelineBackprop.Configuration;

/// <summary>Half the squared error, summed over the outputs.</summary>
public sealed record HalfSquaredErrorLossSettings : LossSettings;
