using System.Numerics;
using PipelineBackprop.Compute.Gemm;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>The packing buffers of products and the partial sums of <see cref="CpuCompute{T}"/>, by the rules that it takes them by.</summary>
internal sealed class CpuScratchModel<T>(int threads, bool lendsThread) : ScratchModel
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly long _guest = lendsThread ? MatrixProduct.GuestBytes<T>() : 0;
    private long _workspace;
    private int _partials;

    public override long Bytes => _workspace + _guest + (long)_partials * sizeof(double);

    public override void Product(in ProductSizes sizes) => _workspace = Math.Max(_workspace, MatrixProduct.WorkspaceBytes<T>(sizes, threads));

    public override void Losses(int rows) => Grow(rows);

    // What was summed on the way is not summed again; the update that follows asks for as much.
    public override void SumsOfSquares(ReadOnlySpan<DeviceTensor> tensors)
    {
        foreach (DeviceTensor tensor in tensors) Grow(CpuCompute<T>.Blocks(tensor.ElementCount));
    }

    public override void Update(DeviceTensor parameter) => Grow(CpuCompute<T>.Blocks(parameter.ElementCount));

    public override void Look(DeviceTensor x) => Grow(CpuCompute<T>.Blocks(x.ElementCount));

    private void Grow(int partials) => _partials = Math.Max(_partials, Math.Max(1, partials));
}
