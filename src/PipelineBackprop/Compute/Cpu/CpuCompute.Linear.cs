using System.Runtime.CompilerServices;
using PipelineBackprop.Compute.Cpu;
using PipelineBackprop.Compute.Gemm;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

internal sealed unsafe partial class CpuCompute<T>
{
    /// <inheritdoc/>
    public void Linear(DeviceTensor x, DeviceTensor weight, DeviceTensor? bias, Activation activation, DeviceTensor? preActivation, DeviceTensor y) =>
        Linear(x, weight, packed: null, bias, activation, preActivation, y);

    /// <inheritdoc/>
    public void Linear(
        DeviceTensor x, DeviceTensor weight, DeviceTensor? packed, DeviceTensor? bias, Activation activation, DeviceTensor? preActivation, DeviceTensor y)
    {
        var operands = new LinearOperands(x, weight, packed, bias, preActivation ?? y, y);
        switch (activation.Kind)
        {
            case ActivationKind.Identity:
                Linear(operands, new GemmEpilogue<T> { Bias = PointerOrNull(bias) });
                if (operands.Z != y) Copy(operands.Z, y);
                break;
            case ActivationKind.Relu: Linear(operands, default(ReluOperator<T>)); break;
            case ActivationKind.LeakyRelu: Linear(operands, new LeakyReluOperator<T>(Number(activation.Slope))); break;
            case ActivationKind.Sigmoid: Linear(operands, default(SigmoidOperator<T>)); break;
            case ActivationKind.Tanh: Linear(operands, default(TanhOperator<T>)); break;
            case ActivationKind.Gelu: Linear(operands, default(GeluOperator<T>)); break;
            case ActivationKind.Silu: Linear(operands, default(SiluOperator<T>)); break;
            case ActivationKind.Softplus: Linear(operands, default(SoftplusOperator<T>)); break;
            default: throw Unknown(activation);
        }
    }

    /// <inheritdoc/>
    public void LinearInputGradient(DeviceTensor dz, DeviceTensor weight, DeviceTensor? packed, DeviceTensor dx) =>
        InputGradient(dz, weight, packed, dx, default);

    /// <inheritdoc/>
    public void LinearInputGradient(DeviceTensor dz, DeviceTensor weight, DeviceTensor? packed, Activation activation, DeviceTensor saved, DeviceTensor dx)
    {
        var operands = new GradientOperands(dz, weight, packed, saved, dx);
        switch (activation.Kind)
        {
            case ActivationKind.Identity: InputGradient(dz, weight, packed, dx, default); break;
            case ActivationKind.Relu: InputGradient(operands, default(ReluBackwardOperator<T>)); break;
            case ActivationKind.LeakyRelu: InputGradient(operands, new LeakyReluBackwardOperator<T>(Number(activation.Slope))); break;
            case ActivationKind.Sigmoid: InputGradient(operands, default(SigmoidBackwardOperator<T>)); break;
            case ActivationKind.Tanh: InputGradient(operands, default(TanhBackwardOperator<T>)); break;
            case ActivationKind.Gelu: InputGradient(operands, default(GeluBackwardOperator<T>)); break;
            case ActivationKind.Silu: InputGradient(operands, default(SiluBackwardOperator<T>)); break;
            case ActivationKind.Softplus: InputGradient(operands, default(SoftplusBackwardOperator<T>)); break;
            default: throw Unknown(activation);
        }
    }

    private void InputGradient<TOperator>(in GradientOperands operands, TOperator f)
        where TOperator : struct, IBinaryOperator<T> =>
        InputGradient(operands.Dz, operands.Weight, operands.Packed, operands.Dx, new GemmEpilogue<T>
        {
            Function = &ZipKernel<T, TOperator>.Finish,
            Operator = Unsafe.AsPointer(ref f),
            Other = Pointer(operands.Saved),
            LeadingOther = operands.Saved.Columns,
        });

    private void InputGradient(DeviceTensor dz, DeviceTensor weight, DeviceTensor? packed, DeviceTensor dx, in GemmEpilogue<T> epilogue) => Multiply(new GemmProblem<T>
    {
        M = dz.Rows,
        N = weight.Columns,
        K = dz.Columns,
        A = Pointer(dz),
        LeadingA = dz.Columns,
        B = Pointer(weight),
        PackedB = PointerOrNull(packed),
        LeadingB = weight.Columns,
        C = Target(dx),
        LeadingC = dx.Columns,
        Epilogue = epilogue,
    });

    /// <inheritdoc/>
    public void LinearWeightGradient(DeviceTensor dz, DeviceTensor x, DeviceTensor gradient, bool accumulate, bool isComplete)
    {
        double squares = double.NaN;
        Multiply(new GemmProblem<T>
        {
            M = gradient.Rows,
            N = gradient.Columns,
            K = dz.Rows,
            A = Pointer(dz),
            LeadingA = dz.Columns,
            TransposeA = true,
            B = Pointer(x),
            LeadingB = x.Columns,
            C = Target(gradient),
            LeadingC = gradient.Columns,
            Accumulate = accumulate,
            Squares = isComplete ? &squares : null,
        });
        CpuBuffer<T> buffer = Buffer(gradient);
        if (!double.IsNaN(squares)) buffer.Facts.SetSquares(squares, gradient.ElementCount, buffer.Version);
    }

    private void Linear<TOperator>(in LinearOperands operands, TOperator f)
        where TOperator : struct, IUnaryOperator<T> =>
        Linear(operands, new GemmEpilogue<T>
        {
            Bias = PointerOrNull(operands.Bias),
            Function = &MapKernel<T, TOperator>.Finish,
            Operator = Unsafe.AsPointer(ref f),
            Other = operands.Z == operands.Y ? null : Target(operands.Y),
            LeadingOther = operands.Y.Columns,
        });

    private void Linear(in LinearOperands operands, in GemmEpilogue<T> epilogue) => Multiply(new GemmProblem<T>
    {
        M = operands.X.Rows,
        N = operands.Weight.Rows,
        K = operands.X.Columns,
        A = Pointer(operands.X),
        LeadingA = operands.X.Columns,
        B = Pointer(operands.Weight),
        PackedB = PointerOrNull(operands.Packed),
        LeadingB = operands.Weight.Columns,
        TransposeB = true,
        C = Target(operands.Z),
        LeadingC = operands.Z.Columns,
        Epilogue = epilogue,
    });

    private readonly record struct LinearOperands(
        DeviceTensor X, DeviceTensor Weight, DeviceTensor? Packed, DeviceTensor? Bias, DeviceTensor Z, DeviceTensor Y);

    private readonly record struct GradientOperands(DeviceTensor Dz, DeviceTensor Weight, DeviceTensor? Packed, DeviceTensor Saved, DeviceTensor Dx);
}
