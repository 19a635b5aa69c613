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

    private static ArgumentOutOfRangeException Unknown(Activation activation) =>
        new(nameof(activation), activation.Kind, "There is no such activation.");
}
