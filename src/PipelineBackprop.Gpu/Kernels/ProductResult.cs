using ILGPU;
using PipelineBackprop.Compute;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>The way of a product's results to memory, through the epilogue.</summary>
internal static class ProductResult
{
    /// <summary>Writes four neighbouring results of a row, as far as they lie in the matrix.</summary>
    internal static void Write(
        Quad sums, int row, int column, ArrayView<float> bias, ArrayView<float> z, ArrayView<float> c, ProductLayout layout, LinearEpilogue epilogue)
    {
        int columns = layout.B.Lines, left = columns - column;
        if (row >= layout.A.Lines || left <= 0) return;

        // A whole quad starts at a multiple of one only where every row does.
        int whole = left >= Quad.Length && columns % Quad.Length == 0 ? 1 : 0;
        int at = row * columns + column;
        if (epilogue.Accumulates != 0) sums = Quad.Add(sums, Read(c, at, left, whole));
        if (epilogue.HasBias != 0) sums = Quad.Add(sums, Read(bias, column, left, whole));
        if (epilogue.KeepsZ != 0) Write(z, at, left, whole, sums);
        if (epilogue.Kind != (int)ActivationKind.Identity)
        {
            sums = new Quad(
                ActivationKernels.Apply(sums.X, epilogue.Kind, epilogue.Slope),
                ActivationKernels.Apply(sums.Y, epilogue.Kind, epilogue.Slope),
                ActivationKernels.Apply(sums.Z, epilogue.Kind, epilogue.Slope),
                ActivationKernels.Apply(sums.W, epilogue.Kind, epilogue.Slope));
        }
        Write(c, at, left, whole, sums);
    }

    private static Quad Read(ArrayView<float> source, int at, int left, int whole) =>
        whole != 0 ? source.Cast<Quad>()[at / Quad.Length] : ProductTile.Edge(source, at, left);

    private static void Write(ArrayView<float> target, int at, int left, int whole, Quad quad)
    {
        if (whole != 0)
        {
            target.Cast<Quad>()[at / Quad.Length] = quad;
            return;
        }
        target[at] = quad.X;
        if (left > 1) target[at + 1] = quad.Y;
        if (left > 2) target[at + 2] = quad.Z;
        if (left > 3) target[at + 3] = quad.W;
    }
}
