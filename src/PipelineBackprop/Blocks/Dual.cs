using PipelineBackprop.Tensors;

namespace PipelineBackprop.Blocks;

/// <summary>
/// What goes from stage to stage: an activation or a gradient and, in a Hessian-vector product, its tangent. Neither is there where no gradient is needed; no
/// tangent where nothing before has parameters.
/// </summary>
internal readonly record struct Dual(DeviceTensor? Value, DeviceTensor? Tangent = null)
{
    /// <inheritdoc cref="DeviceTensor.Release"/>
    public void Release()
    {
        Value?.Release();
        Tangent?.Release();
    }

    /// <inheritdoc cref="DeviceTensor.Depart"/>
    public void Depart()
    {
        Value?.Depart();
        Tangent?.Depart();
    }
}
