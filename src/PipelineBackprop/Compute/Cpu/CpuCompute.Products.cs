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
            C = Pointer(c),
            LeadingC = c.Columns,
            Accumulate = accumulate,
        };
        Gemm.MatrixProduct.Multiply(problem, _workspace, _team);
    }

    /// <inheritdoc/>
    public void Linear(
        DeviceTensor x, DeviceTensor weight, DeviceTensor? bias, Activation activation, DeviceTensor? preActivation, DeviceTensor y)
    {
        DeviceTensor z = preActivation ?? y;
        var problem = new GemmProblem<T>
        {
            M = x.Rows,
            N = weight.Rows,
            K = x.Columns,
            A = Pointer(x),
            LeadingA = x.Columns,
            B = Pointer(weight),
            LeadingB = weight.Columns,
            TransposeB = true,
            C = Pointer(z),
            LeadingC = z.Columns,
            Epilogue = new GemmEpilogue<T> { Bias = PointerOrNull(bias) },
        };
        Gemm.MatrixProduct.Multiply(problem, _workspace, _team);
        Activate(activation, z, y);
    }
}
