using PipelineBackprop.Compute.Cpu;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

internal sealed unsafe partial class CpuCompute<T>
{
    /// <inheritdoc/>
    public void SgdUpdate(in SgdStep step, DeviceTensor gradient, DeviceTensor? velocity, DeviceTensor parameter)
    {
        if (velocity is null) Update(parameter, new SgdRule<T>(step, Pointer(gradient)));
        else Update(parameter, new MomentumRule<T>(step, Pointer(gradient), Target(velocity)));
    }

    /// <inheritdoc/>
    public void AdamUpdate(in AdamStep step, DeviceTensor gradient, DeviceTensor mean, DeviceTensor variance, DeviceTensor parameter) =>
        Update(parameter, new AdamRule<T>(step, Pointer(gradient), Target(mean), Target(variance)));

    private void Update<TRule>(DeviceTensor parameter, TRule rule)
        where TRule : struct, IUpdateRule<T>
    {
        double* squares = Scratch(Blocks(parameter.ElementCount));
        Run(parameter.ElementCount, new UpdateKernel<T, TRule>(rule, Target(parameter), Block, squares));
        RememberSquares(parameter, squares);
    }
}
