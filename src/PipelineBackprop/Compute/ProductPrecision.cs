namespace PipelineBackprop.Compute;

/// <summary>
/// The least precision that a device may round the inputs of matrix products to; sums, results, parameters and everything else stay float32. A device that
/// gains nothing by it, such as the processor, computes more precisely.
/// </summary>
public enum ProductPrecision
{
    /// <summary>No rounding: 24 significant bits.</summary>
    Float32,

    /// <summary>TensorFloat-32: 11 significant bits, the range of float32.</summary>
    Tf32,

    /// <summary>bfloat16: 8 significant bits, the range of float32.</summary>
    Bf16,
}
