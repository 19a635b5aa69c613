using PipelineBackprop.Compute.Cpu;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

internal sealed unsafe partial class CpuCompute<T>
{
    /// <inheritdoc/>
    public void Activate(Activation activation, DeviceTensor x, DeviceTensor y)
    {
        switch (activation.Kind)
        {
            case ActivationKind.Identity: if (x != y) Copy(x, y); break;
            case ActivationKind.Relu: Map(default(ReluOperator<T>), x, y); break;
            case ActivationKind.LeakyRelu: Map(new LeakyReluOperator<T>(Number(activation.Slope)), x, y); break;
            case ActivationKind.Sigmoid: Map(default(SigmoidOperator<T>), x, y); break;
            case ActivationKind.Tanh: Map(default(TanhOperator<T>), x, y); break;
            case ActivationKind.Gelu: Map(default(GeluOperator<T>), x, y); break;
            case ActivationKind.Silu: Map(default(SiluOperator<T>), x, y); break;
            case ActivationKind.Softplus: Map(default(SoftplusOperator<T>), x, y); break;
            default: throw Unknown(activation);
        }
    }

    /// <inheritdoc/>
    public void ActivateBackward(Activation activation, DeviceTensor saved, DeviceTensor dy, DeviceTensor dx)
    {
        switch (activation.Kind)
        {
            case ActivationKind.Identity: if (dy != dx) Copy(dy, dx); break;
            case ActivationKind.Relu: Zip(default(ReluBackwardOperator<T>), saved, dy, dx); break;
            case ActivationKind.LeakyRelu: Zip(new LeakyReluBackwardOperator<T>(Number(activation.Slope)), saved, dy, dx); break;
            case ActivationKind.Sigmoid: Zip(default(SigmoidBackwardOperator<T>), saved, dy, dx); break;
            case ActivationKind.Tanh: Zip(default(TanhBackwardOperator<T>), saved, dy, dx); break;
            case ActivationKind.Gelu: Zip(default(GeluBackwardOperator<T>), saved, dy, dx); break;
            case ActivationKind.Silu: Zip(default(SiluBackwardOperator<T>), saved, dy, dx); break;
            case ActivationKind.Softplus: Zip(default(SoftplusBackwardOperator<T>), saved, dy, dx); break;
            default: throw Unknown(activation);
        }
    }

    /// <inheritdoc/>
    public void ActivateBackwardTangent(Activation activation, DeviceTensor saved, DeviceTensor rsaved, DeviceTensor dy, DeviceTensor rdy, DeviceTensor rdx)
    {
        switch (activation.Kind)
        {
            // Straight on both sides of zero: φ'' is 0.
            case ActivationKind.Identity or ActivationKind.Relu or ActivationKind.LeakyRelu: ActivateBackward(activation, saved, rdy, rdx); break;
            case ActivationKind.Sigmoid: Bend(default(SigmoidSlope<T>), saved, rsaved, dy, rdy, rdx); break;
            case ActivationKind.Tanh: Bend(default(TanhSlope<T>), saved, rsaved, dy, rdy, rdx); break;
            case ActivationKind.Gelu: Bend(default(GeluSlope<T>), saved, rsaved, dy, rdy, rdx); break;
            case ActivationKind.Silu: Bend(default(SiluSlope<T>), saved, rsaved, dy, rdy, rdx); break;
            case ActivationKind.Softplus: Bend(default(SoftplusSlope<T>), saved, rsaved, dy, rdy, rdx); break;
            default: throw Unknown(activation);
        }
    }

    private void Bend<TSlope>(TSlope slope, DeviceTensor saved, DeviceTensor rsaved, DeviceTensor dy, DeviceTensor rdy, DeviceTensor rdx)
        where TSlope : struct, ISlope<T> =>
        Run(rdx.ElementCount, new SlopeTangentKernel<T, TSlope>(slope, Pointer(saved), Pointer(rsaved), Pointer(dy), Pointer(rdy), Target(rdx)));

    private static ArgumentOutOfRangeException Unknown(Activation activation) =>
        new(nameof(activation), activation.Kind, "There is no such activation.");
}
