using PipelineBackprop.Compute.Cpu;
using PipelineBackprop.Compute.Gemm;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

internal sealed unsafe partial class CpuCompute<T>
{
    // Panels of one part where rows of the operand are copied: a KiB of each, which the processor foresees.
    private const int CopiedPanels = 8;

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
        Run(
            GemmBlocking.DivideUp(n, width), column == 1 ? CopiedPanels : 1, weight.ElementCount,
            new PackPanelsKernel<T>(source.Pointer, column, step, k, n, width, panels));
        target.Facts.SetSource(source, source.Version, target.Version);
    }

    private void Multiply(in GemmProblem<T> problem) => Gemm.MatrixProduct.Multiply(problem, _workspace, _team, door: _door);
}
