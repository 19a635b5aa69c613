using PipelineBackprop.Compute;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Randomness;
using PipelineBackprop.Tensors;
using PipelineBackprop.Training;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>Stages on different kinds of devices in one pipeline.</summary>
public sealed class TwoDevicePipelineTests
{
    private const int Inputs = 11, Classes = 5;

    // Ten steps let float32 sums of another order drift apart; per step they agree to 1e-6.
    private const double Tolerance = 1e-5;

    public static TheoryData<string, string, string> Pins() => new()
    {
        { "cpu", "sim:0", "1f1b" },
        { "sim:0", "cpu", "1f1b" },
        { "cpu", "sim:0", "gpipe" },
        { "sim:0", "sim:1", "1f1b" },
    };

    [Theory]
    [MemberData(nameof(Pins))]
    public async Task Two_stages_on_two_devices_train_as_on_the_cpu(string first, string second, string schedule)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using Pipeline reference = await BuildAsync([CpuDevice.Instance], schedule, token);
        await using Pipeline pipeline = await BuildAsync([Find(first), Find(second)], schedule, token);
        for (ulong step = 0; step < 10; step++)
        {
            Minibatch minibatch = RandomMinibatch(step);
            StepResult expected = await reference.TrainStepAsync(minibatch, token), actual = await pipeline.TrainStepAsync(minibatch, token);
            Assert.Equal(expected.Objective, actual.Objective, Tolerance * expected.Objective);
            Assert.Equal(expected.GradientNorm, actual.GradientNorm, Tolerance * expected.GradientNorm);
        }
        PipelineState left = await reference.CaptureAsync(token), right = await pipeline.CaptureAsync(token);
        foreach ((var a, var b) in left.Parameters.Zip(right.Parameters)) AssertClose(a.Name, a.Data.Span, b.Data.Span);
        Assert.Equal(0, pipeline.Ledger.InUse(MemoryPurpose.Stash));
        Assert.Equal(0, pipeline.Ledger.InUse(MemoryPurpose.Workspace));
    }

    [Fact]
    public async Task A_checkpoint_moves_between_devices_and_splits()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using Pipeline mixed = await BuildAsync([CpuDevice.Instance, Find("sim:0")], "1f1b", token);
        await mixed.TrainStepAsync(RandomMinibatch(1), token);
        PipelineState state = await mixed.CaptureAsync(token);
        await using Pipeline cpu = await BuildAsync([CpuDevice.Instance], "gpipe", token, stages: 3);
        await cpu.RestoreAsync(state, token);
        StepResult expected = await cpu.TrainStepAsync(RandomMinibatch(2), token), actual = await mixed.TrainStepAsync(RandomMinibatch(2), token);
        Assert.Equal(expected.Step, actual.Step);
        Assert.Equal(expected.Loss, actual.Loss, Tolerance * expected.Loss);
    }

    private static IDevice Find(string name) => name == "cpu" ? CpuDevice.Instance : GpuDevices.Find(name);

    private static Task<Pipeline> BuildAsync(IDevice[] devices, string schedule, CancellationToken token, int stages = 2) =>
        new PipelineBuilder(Inputs).Dense(13, Activation.Relu).Dense(9, Activation.Tanh).Dense(Classes)
            .Optimizer(new SgdOptimizer(0.1, momentum: 0.9)).WeightDecay(0.01)
            .Stages(stages).MicroBatches(3).Schedule(schedule).Devices(devices).Seed(5).BuildAsync(token);

    private static Minibatch RandomMinibatch(ulong seed)
    {
        const int Examples = 10;
        var random = new RandomStream(seed, 0);
        var inputs = new float[Examples * Inputs];
        var classes = new int[Examples];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = (float)random.NextGaussian();
        for (int i = 0; i < classes.Length; i++) classes[i] = random.NextInt(Classes);
        return Minibatch.FromClasses(inputs, classes);
    }

    private static void AssertClose(string name, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        double difference = 0, size = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            difference += Math.Pow(expected[i] - actual[i], 2);
            size += Math.Pow(expected[i], 2);
        }
        Assert.True(Math.Sqrt(difference) <= Tolerance * Math.Sqrt(size), $"{name}: {Math.Sqrt(difference)} against {Math.Sqrt(size)}");
    }
}
