using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>Matrix products, one thread an element of the result, summed in float32 along the inner dimension in order.</summary>
internal static class MatrixKernels
{
    /// <summary>c = op(a) op(b), or c += when <paramref name="accumulate"/> is not 0.</summary>
    internal static void Product(
        Index1D i, ArrayView<float> a, ArrayView<float> b, ArrayView<float> c, ProductLayout layout, int accumulate)
    {
        float sum = Sum(i, a, b, layout);
        c[i] = accumulate != 0 ? c[i] + sum : sum;
    }

    /// <summary>y = φ(x Wᵀ + b); <paramref name="bias"/> and <paramref name="z"/> are touched only where their flag is not 0.</summary>
    internal static void Linear(
        Index1D i, ArrayView<float> x, ArrayView<float> weight, ArrayView<float> bias, ArrayView<float> z, ArrayView<float> y,
        ProductLayout layout, LinearEpilogue epilogue)
    {
        float sum = Sum(i, x, weight, layout);
        if (epilogue.HasBias != 0) sum += bias[i % layout.Columns];
        if (epilogue.KeepsZ != 0) z[i] = sum;
        y[i] = ActivationKernels.Apply(sum, epilogue.Kind, epilogue.Slope);
    }

    private static float Sum(int i, ArrayView<float> a, ArrayView<float> b, ProductLayout layout)
    {
        int fromA = i / layout.Columns * layout.ARow, fromB = i % layout.Columns * layout.BColumn;
        float sum = 0;
        for (int k = 0; k < layout.Inner; k++)
        {
            sum += a[fromA] * b[fromB];
            fromA += layout.AInner;
            fromB += layout.BInner;
        }
        return sum;
    }
}
