using System.Numerics;
using PipelineBackprop.Compute.Gemm;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>A weight [out×in] as the right operand of its two products, in panels for the matrix product's best path.</summary>
internal static class WeightPacking<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Elements of all panels: the operand's columns rounded up to whole panels, times its rows; 0 where the columns do not even fill one, since packing them
    /// for every product costs little. A weight that never changes again is worth a panel from a quarter of its columns on: a product of one row takes no longer
    /// than packing them. 0 also where the panels are more than a tensor holds.
    /// </summary>
    public static int Elements(Shape weight, WeightUse use, bool isFrozen = false)
    {
        (int k, int n) = Sizes(weight, use);
        int width = MatrixProduct.PanelColumns<T>();
        long elements = (long)GemmBlocking.DivideUp(n, width) * width * k;
        return n < (isFrozen ? width / 4 : width) || elements > int.MaxValue ? 0 : (int)elements;
    }

    /// <summary>Rows and columns of the operand: Wᵀ going forward, W going back.</summary>
    public static (int K, int N) Sizes(Shape weight, WeightUse use) =>
        use == WeightUse.Forward ? (weight.Columns, weight.Rows) : (weight.Rows, weight.Columns);
}
