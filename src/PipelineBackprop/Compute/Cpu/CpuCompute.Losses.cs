using PipelineBackprop.Compute.Cpu;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

internal sealed unsafe partial class CpuCompute<T>
{
    /// <inheritdoc/>
    public void SoftmaxCrossEntropy(
        DeviceTensor o, DeviceTensor classes, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient)
    {
        double* rowLoss = Scratch(o.Rows);
        RunRows(o.Rows, o.Columns, new SoftmaxCrossEntropyKernel<T>(
            o.Columns, Pointer(o), Pointer(classes), Number(scale), rowLoss, TargetOrNull(gradient)));
        WriteLoss(rowLoss, o.Rows, losses, slot);
    }

    /// <inheritdoc/>
    public void SoftmaxCrossEntropyTangent(DeviceTensor o, DeviceTensor ro, double scale, DeviceTensor rgradient) =>
        RunRows(o.Rows, o.Columns, new SoftmaxTangentKernel<T>(o.Columns, Pointer(o), Pointer(ro), Number(scale), Target(rgradient)));

    /// <inheritdoc/>
    public void HalfSquaredError(DeviceTensor o, DeviceTensor y, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient) =>
        PairLoss(default(HalfSquaredErrorPair<T>), o, y, scale, losses, slot, gradient);

    /// <inheritdoc/>
    public void BinaryCrossEntropy(DeviceTensor o, DeviceTensor y, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient) =>
        PairLoss(default(BinaryCrossEntropyPair<T>), o, y, scale, losses, slot, gradient);

    /// <inheritdoc/>
    public void Huber(DeviceTensor o, DeviceTensor y, double delta, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient) =>
        PairLoss(new HuberPair<T>(Number(delta)), o, y, scale, losses, slot, gradient);

    /// <inheritdoc/>
    public void HuberTangent(DeviceTensor o, DeviceTensor y, double delta, DeviceTensor ro, double scale, DeviceTensor rgradient) =>
        Run(ro.ElementCount, new HuberTangentKernel<T>(Number(delta), Pointer(o), Pointer(y), Pointer(ro), Number(scale), Target(rgradient)));

    private void PairLoss<TLoss>(
        TLoss loss, DeviceTensor o, DeviceTensor y, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient)
        where TLoss : struct, IPairLoss<T>
    {
        double* rowLoss = Scratch(o.Rows);
        RunRows(o.Rows, o.Columns, new PairLossKernel<T, TLoss>(
            loss, o.Columns, Pointer(o), Pointer(y), Number(scale), rowLoss, TargetOrNull(gradient)));
        WriteLoss(rowLoss, o.Rows, losses, slot);
    }

    private static void WriteLoss(double* rowLoss, int rows, DeviceTensor losses, int slot) =>
        TargetSpan(losses)[slot] = Number(SumInOrder(rowLoss, rows));
}
