using PipelineBackprop.Compute.Gemm;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>Packs panels of a matrix product's right operand [k×n]; an item of the range is a panel.</summary>
internal readonly unsafe struct PackPanelsKernel<T>(T* source, nint column, nint step, int k, int n, int width, T* panels) : IRangeKernel
    where T : unmanaged
{
    private readonly T* _source = source, _panels = panels;
    private readonly nint _column = column, _step = step;
    private readonly int _k = k, _n = n, _width = width;

    /// <inheritdoc/>
    public void Execute(int start, int count)
    {
        int first = start * _width, columns = Math.Min(count * _width, _n - first);
        GemmPacking.PackPanels(_source + first * _column, _column, _step, columns, _k, _width, _panels + (nint)first * _k, _width, areFar: true);
    }
}
