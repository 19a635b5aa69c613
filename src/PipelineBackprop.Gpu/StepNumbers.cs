using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Gpu.Launches;

namespace PipelineBackprop.Gpu;

/// <summary>
/// The numbers that change from step to step, in the device's memory where launches are recorded. They are written by a launch that is not recorded, in order with
/// those that read them. Used and disposed on the device's thread.
/// </summary>
internal sealed class StepNumbers : IDisposable
{
    /// <summary>What they take of the device.</summary>
    internal const long Bytes = StepKernels.Numbers * sizeof(float) + sizeof(ulong);

    private readonly GpuCompute _compute;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _numbers;
    private readonly MemoryBuffer1D<ulong, Stride1D.Dense> _stream;
    private readonly Kernel<(Operand<float> Target, (Bits LearningRate, Bits GradientScale, Bits Correction1, Bits Correction2) Numbers)> _setNumbers;
    private readonly Kernel<(Operand<ulong> Target, ulong Stream)> _setStream;
    private (Bits, Bits, Bits, Bits)? _lastNumbers;
    private ulong? _lastStream;

    internal StepNumbers(GpuCompute compute, Accelerator accelerator)
    {
        _compute = compute;
        _numbers = compute.TakeScratch<float>(StepKernels.Numbers);
        _stream = compute.TakeScratch<ulong>(1);
        var numbers = accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, float, float, float, float>(StepKernels.SetNumbers);
        _setNumbers = new(compute.Launches, (stream, x) =>
            numbers(stream, x.Target.Length, x.Target, x.Numbers.LearningRate, x.Numbers.GradientScale, x.Numbers.Correction1, x.Numbers.Correction2));
        var word = accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<ulong>, ulong>(StepKernels.SetStream);
        _setStream = new(compute.Launches, (stream, x) => word(stream, x.Target.Length, x.Target, x.Stream));
    }

    /// <summary>Where the next launches read the numbers of an update, see <see cref="StepKernels"/>.</summary>
    internal Operand<float> OfUpdate(float learningRate, float gradientScale, float correction1 = 1, float correction2 = 1)
    {
        var target = new Operand<float>(_numbers);
        (Bits, Bits, Bits, Bits) numbers = (learningRate, gradientScale, correction1, correction2);
        if (_lastNumbers != numbers) _setNumbers.LaunchUnrecorded((target, numbers));
        _lastNumbers = numbers;
        return target;
    }

    /// <summary>Where the next launches read the stream of random numbers.</summary>
    internal Operand<ulong> OfDropout(ulong stream)
    {
        var target = new Operand<ulong>(_stream);
        if (_lastStream != stream) _setStream.LaunchUnrecorded((target, stream));
        _lastStream = stream;
        return target;
    }

    public void Dispose()
    {
        _compute.Free(_numbers);
        _compute.Free(_stream);
    }
}
