using System.Runtime.CompilerServices;
using PipelineBackprop.Compute.Cpu;
using PipelineBackprop.Compute.Gemm;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

internal sealed unsafe partial class CpuCompute<T>
{
    private readonly GemmWorkspace _workspace = new();

    /// <inheritdoc/>
    public void MatrixProduct(DeviceTensor a, bool transposeA, DeviceTensor b, bool transposeB, DeviceTensor c, bool accumulate)
    {
        var problem = new GemmProblem<T>
        {
            M = c.Rows,
            N = c.Columns,
            K = transposeA ? a.Rows : a.Columns,
            A = Pointer(a),
            LeadingA = a.Columns,
            TransposeA = transposeA,
            B = Pointer(b),
            LeadingB = b.Columns,
            TransposeB = transposeB,
            C = Target(c),
            LeadingC = c.Columns,
            Accumulate = accumulate,
        };
        Multiply(problem);
    }

    /// <inheritdoc/>
    public int PackedElements(Shape weight, WeightUse use, bool isFrozen = false) => WeightPacking<T>.Elements(weight, use, isFrozen);

    /// <inheritdoc/>
    public void Pack(DeviceTensor weight, WeightUse use, DeviceTensor packed)
    {
        CpuBuffer<T> source = Buffer(weight), target = Buffer(packed);
        if (target.Facts.IsPackingOf(source, source.Version, target.Version)) return;
        (int k, int n) = WeightPacking<T>.Sizes(weight.Shape, use);
        (nint column, nint step) = use == WeightUse.Forward ? ((nint)weight.Columns, (nint)1) : (1, weight.Columns);
        int width = Gemm.MatrixProduct.PanelColumns<T>();
        T* panels = Target(packed);
        Run(GemmBlocking.DivideUp(n, width), 1, weight.ElementCount, new PackPanelsKernel<T>(source.Pointer, column, step, k, n, width, panels));
        target.Facts.SetSource(source, source.Version, target.Version);
    }

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
    public void LinearInputGradient(DeviceTensor dz, DeviceTensor weight, DeviceTensor? packed, DeviceTensor dx) => Multiply(new GemmProblem<T>
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
            Activation = &MapKernel<T, TOperator>.Apply,
            Operator = Unsafe.AsPointer(ref f),
            Y = operands.Z == operands.Y ? null : Target(operands.Y),
            LeadingY = operands.Y.Columns,
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

    private void Multiply(in GemmProblem<T> problem) => Gemm.MatrixProduct.Multiply(problem, _workspace, _team, door: _door);

    private readonly record struct LinearOperands(
        DeviceTensor X, DeviceTensor Weight, DeviceTensor? Packed, DeviceTensor? Bias, DeviceTensor Z, DeviceTensor Y);
}
