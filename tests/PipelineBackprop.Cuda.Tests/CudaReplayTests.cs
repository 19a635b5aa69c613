using PipelineBackprop.Compute;
using PipelineBackprop.Gpu;
using PipelineBackprop.Gpu.Launches;
using PipelineBackprop.Layers;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Randomness;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cuda.Tests;

/// <summary>CUDA graphs: what is replayed gives the bits of what is launched one by one.</summary>
public sealed class CudaReplayTests
{
    private const int Inputs = 37, Classes = 10;

    private readonly Dictionary<ICompute, DeviceTensor[]> _tensors = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ProductPrecision.Float32)]
    [InlineData(ProductPrecision.Tf32)]
    [InlineData(ProductPrecision.Bf16)]
    public void Launches_ThatComeAgain_AreRecordedAndReplayed(ProductPrecision precision)
    {
        using var compute = (GpuCompute)CudaBackend.Device(0).Open(new ComputeOptions(Precision: precision));
        using ICompute plain = CudaBackend.Device(0).Open(new ComputeOptions(Precision: precision, Replay: LaunchReplay.Off));
        Assert.SkipWhen(CudaGraphDriver.Instance is null, "The CUDA driver is too old for graphs.");
        for (int round = 0; round < 5; round++) Close.Bits(Work(plain), Work(compute), $"round {round}");
        Assert.True(compute.Launches.Records, "recording was given up");
        // The first round is new, and in bfloat16, where it takes memory for the rounded operands, the second as well.
        Assert.Equal(precision == ProductPrecision.Bf16 && compute.UsesVendorLibrary ? 3 : 4, compute.Launches.Replays);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(3, true)]
    public async Task Training_WithReplay_IsBitEqualToTrainingWithout(int stages, bool adam)
    {
        IDevice device = CudaBackend.Device(0);
        double[][] runs = [await TrainAsync(LaunchReplay.Auto), await TrainAsync(LaunchReplay.Off)];
        Close.Bits(runs[1], runs[0], "with replay");

        async Task<double[]> TrainAsync(LaunchReplay replay)
        {
            await using Pipeline pipeline = await Pipeline.CreateAsync(
                new PipelineOptions
                {
                    Layers = [new DenseLayer(Inputs, 64, Activation.Relu), new DropoutLayer(64, 0.2), new DenseLayer(64, 48, Activation.Tanh), new DenseLayer(48, Classes)],
                    Optimizer = adam ? new AdamOptimizer(0.01, decoupledDecay: true) : new SgdOptimizer(0.05, momentum: 0.9),
                    WeightDecay = new WeightDecay(0.01),
                    Stages = stages,
                    MicroBatches = 2,
                    Devices = [device],
                    Replay = replay,
                }, Token);
            for (ulong step = 0; step < 12; step++) await pipeline.TrainStepAsync(Minibatch(step, step % 4 == 3 ? 21 : 32), Token);
            return [.. (await pipeline.ReadParametersAsync(Token)).SelectMany(parameter => parameter.Values)];
        }
    }

    // Products, an epilogue, a copy and a reduction; new buffers from a pool of its own would be other addresses.
    private double[] Work(ICompute compute)
    {
        if (!_tensors.TryGetValue(compute, out DeviceTensor[]? t))
        {
            var pool = new TensorPool(compute.Allocate, new MemoryLedger().Open("test"));
            _tensors[compute] = t = [Rent(64, 32), Rent(48, 32), Rent(1, 48), Rent(64, 48), Rent(64, 48)];
            for (int i = 0; i < 3; i++) compute.Upload(HostArrays.Gaussian(t[i].ElementCount, (ulong)i), t[i]);

            DeviceTensor Rent(int rows, int columns) => pool.Rent(Shape.Matrix(rows, columns), MemoryPurpose.Workspace);
        }
        compute.Fill(t[4], 0.5);
        compute.Linear(t[0], t[1], t[2], Activation.Tanh, null, t[3]);
        compute.AddScaled(t[3], 2, t[4]);
        compute.Copy(t[4], t[3]);
        var values = new double[t[3].ElementCount];
        compute.Download(t[3], values);
        return values;
    }

    private static Minibatch Minibatch(ulong seed, int examples)
    {
        var random = new RandomStream(seed, 0);
        var inputs = new float[examples * Inputs];
        var classes = new int[examples];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = (float)random.NextGaussian();
        for (int i = 0; i < classes.Length; i++) classes[i] = random.NextInt(Classes);
        return PipelineBackprop.Training.Minibatch.FromClasses(inputs, classes);
    }
}
