using PipelineBackprop.Compute.Cpu;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

internal sealed unsafe partial class CpuCompute<T>
{
    /// <inheritdoc/>
    public void SgdUpdate(in SgdStep step, DeviceTensor gradient, DeviceTensor? velocity, DeviceTensor parameter) =>
        Update(parameter, new SgdKernel<T>(step, Pointer(gradient), TargetOrNull(velocity), Target(parameter)));

    /// <inheritdoc/>
    public void AdamUpdate(in AdamStep step, DeviceTensor gradient, DeviceTensor mean, DeviceTensor variance, DeviceTensor parameter) =>
        Update(parameter, new AdamKernel<T>(step, Pointer(gradient), Target(mean), Target(variance), Target(parameter)));

    /// <summary>Updates block by block and sums the squares of what is still in the cache: the next step's s needs no pass of its own.</summary>
    private void Update<TKernel>(DeviceTensor parameter, TKernel update)
        where TKernel : struct, IRangeKernel
    {
        double* partial = Scratch(Blocks(parameter.ElementCount));
        var squares = new SumOfSquaresKernel<T>(Pointer(parameter), Block, partial);
        Run(parameter.ElementCount, new UpdateAndSumKernel<TKernel, SumOfSquaresKernel<T>>(update, squares));
        RememberSquares(parameter, partial);
    }
}
