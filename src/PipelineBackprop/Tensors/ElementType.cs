namespace PipelineBackprop.Tensors;

/// <summary>The number format of a device's buffers.</summary>
public enum ElementType
{
    /// <summary>IEEE 754 binary32, 4 bytes: training and prediction.</summary>
    Float32,

    /// <summary>IEEE 754 binary64, 8 bytes: gradient checks.</summary>
    Float64,
}
