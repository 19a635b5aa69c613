using PipelineBackprop.Compute.Cpu;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

internal sealed unsafe partial class CpuCompute<T>
{
    /// <inheritdoc/>
    public void Fill(DeviceTensor target, double value) => TargetSpan(target).Fill(Number(value));

    /// <inheritdoc/>
    public void Copy(DeviceTensor source, DeviceTensor target) => Span(source).CopyTo(TargetSpan(target));

    /// <inheritdoc/>
    public void Add(DeviceTensor a, DeviceTensor b, DeviceTensor target) => Zip(default(AddOperator<T>), a, b, target);

    /// <inheritdoc/>
    public void Multiply(DeviceTensor a, DeviceTensor b, DeviceTensor target) => Zip(default(MultiplyOperator<T>), a, b, target);

    /// <inheritdoc/>
    public void AddScaled(DeviceTensor source, double factor, DeviceTensor target) =>
        Zip(new AddScaledOperator<T>(Number(factor)), source, target, target);

    /// <inheritdoc/>
    public void Scale(DeviceTensor source, double factor, DeviceTensor target) => Map(new ScaleOperator<T>(Number(factor)), source, target);

    /// <inheritdoc/>
    public void Dropout(in DropoutMask mask, DeviceTensor x, DeviceTensor y)
    {
        ulong first = (ulong)mask.FirstExample * (ulong)x.Columns;
        Run(x.ElementCount, new DropoutKernel<T>(mask, first, Pointer(x), Target(y)));
    }

    private void Map<TOperator>(TOperator f, DeviceTensor x, DeviceTensor y)
        where TOperator : struct, IUnaryOperator<T> =>
        Run(x.ElementCount, new MapKernel<T, TOperator>(f, Pointer(x), Target(y)));

    private void Zip<TOperator>(TOperator f, DeviceTensor a, DeviceTensor b, DeviceTensor y)
        where TOperator : struct, IBinaryOperator<T> =>
        Run(y.ElementCount, new ZipKernel<T, TOperator>(f, Pointer(a), Pointer(b), Target(y)));
}
