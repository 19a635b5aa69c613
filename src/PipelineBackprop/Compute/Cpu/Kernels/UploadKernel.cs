using System.Numerics;
using System.Numerics.Tensors;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>Copies float32 values of the host to the format of the compute.</summary>
internal readonly unsafe struct UploadKernel<T>(float* source, T* target) : IRangeKernel
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly float* _source = source;
    private readonly T* _target = target;

    /// <inheritdoc/>
    public void Execute(int start, int count) =>
        TensorPrimitives.ConvertTruncating(new ReadOnlySpan<float>(_source + start, count), new Span<T>(_target + start, count));
}
