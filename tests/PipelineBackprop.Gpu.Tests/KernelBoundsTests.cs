using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using PipelineBackprop.Gpu.Kernels;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>
/// Index arithmetic near 2³¹, where a group's rows behind the last would begin beyond an int. A thread of the simulated device that leaves a view never comes back.
/// </summary>
public sealed class KernelBoundsTests
{
    private const int Guard = 500, Length = 100;

    [Fact]
    public void HalfSquaredError_RowsBehindTheLastBeginBeyondAnInt_AreNotTouched() => CheckThatNothingIsTouched(LossKernels.HalfSquaredError);

    [Fact]
    public void BinaryCrossEntropy_RowsBehindTheLastBeginBeyondAnInt_AreNotTouched() => CheckThatNothingIsTouched(LossKernels.BinaryCrossEntropy);

    [Fact]
    public void Huber_RowsBehindTheLastBeginBeyondAnInt_AreNotTouched() => CheckThatNothingIsTouched(LossKernels.Huber);

    [Fact]
    public void SoftmaxCrossEntropy_RowsBehindTheLastBeginBeyondAnInt_AreNotTouched() => CheckThatNothingIsTouched(LossKernels.SoftmaxCrossEntropy);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(256, 1)]
    [InlineData(257, 2)]
    [InlineData(int.MaxValue - 255, 8_388_607)]
    [InlineData(int.MaxValue - 254, 8_388_608)]
    [InlineData(int.MaxValue, 8_388_608)]
    public void Blocks_OfAnyLength_CoverIt(int length, int blocks) => Assert.Equal(blocks, GroupSum.BlocksOf(length));

    [Theory]
    [InlineData(1, 128, 1)]
    [InlineData(128, 128, 1)]
    [InlineData(129, 128, 2)]
    [InlineData(int.MaxValue, 128, 16_777_216)]
    public void Tiles_OfAnyLength_CoverIt(int length, int width, int tiles) => Assert.Equal(tiles, ProductTiling.Tiles(length, width));

    // With no rows a group is behind the last with all of its own: its row 2 would begin at 2 (2³¹ − 16), which is −32 as an int.
    private static void CheckThatNothingIsTouched(Action<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<double>, LossShape> kernel)
    {
        Exception? fault = null;
        var thread = new Thread(() => fault = Record.Exception(() => Launch(kernel))) { IsBackground = true };
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromSeconds(30)), "the kernel left its memory");
        Assert.Null(fault);
    }

    private static void Launch(Action<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<double>, LossShape> kernel)
    {
        using Context context = Context.Create(builder => builder.CPU(new CPUDevice(2, 2, 1)).Optimize(OptimizationLevel.O0));
        using CPUAccelerator accelerator = context.CreateCPUAccelerator(0);
        var sevens = new float[Guard + Length];
        Array.Fill(sevens, 7);
        using MemoryBuffer1D<float, Stride1D.Dense> o = accelerator.Allocate1D(sevens), y = accelerator.Allocate1D(sevens), gradient = accelerator.Allocate1D(sevens);
        using MemoryBuffer1D<double, Stride1D.Dense> rowLosses = accelerator.Allocate1D(new double[] { 7 });

        Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<double>, LossShape> launch = accelerator.LoadKernel(kernel);
        var shape = new LossShape(Rows: 0, Columns: int.MaxValue - 15, Scale: 1, HasGradient: 1, Delta: 1);
        launch(accelerator.DefaultStream, new KernelConfig(1, 4), Own(o), Own(y), Own(gradient), rowLosses.View, shape);
        accelerator.DefaultStream.Synchronize();

        Assert.Equal(sevens, gradient.GetAsArray1D());
        Assert.Equal([7], rowLosses.GetAsArray1D());
    }

    private static ArrayView<float> Own(MemoryBuffer1D<float, Stride1D.Dense> memory)
    {
        ArrayView<float> all = memory.View;
        return all.SubView(Guard, Length);
    }
}
