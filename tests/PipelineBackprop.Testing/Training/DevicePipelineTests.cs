using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Randomness;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Testing.Training;

/// <summary>Whole pipelines on devices of one backend, mixed with the processor, against the processor alone.</summary>
public abstract class DevicePipelineTests
{
    private const int Inputs = 11, Classes = 5, Examples = 10;

    // Five steps let float32 sums of another order drift apart; per step they agree to 1e-6.
    private const double Tolerance = 1e-5;

    /// <summary>A device of the backend, 0 or 1.</summary>
    protected abstract IDevice Device(int index);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // The processor is "-".
    public static TheoryData<string, string> Pins() => new()
    {
        { "0", "1f1b" },
        { "0 0", "1f1b" },
        { "- 0", "1f1b" },
        { "0 -", "gpipe" },
        { "0 1", "1f1b" },
        { "0 1 0", "gpipe" },
        { "0", "looped-bfs" },
        { "0 -", "interleaved-1f1b" },
        { "0 1", "zb-v" },
        { "0 -", "v-half" },
        { "0 1", "pipedream-2bw" },
    };

    [Theory]
    [MemberData(nameof(Pins))]
    public async Task Stages_train_as_on_the_processor(string pins, string schedule)
    {
        await using Pipeline reference = await BuildAsync("-", schedule), pipeline = await BuildAsync(pins, schedule);
        for (ulong step = 0; step < 5; step++)
        {
            StepResult expected = await reference.TrainStepAsync(Minibatch(step), Token), actual = await pipeline.TrainStepAsync(Minibatch(step), Token);
            Assert.Equal(expected.Objective, actual.Objective, Tolerance * expected.Objective);
            Assert.Equal(expected.GradientNorm, actual.GradientNorm, Tolerance * expected.GradientNorm);
        }
        IReadOnlyList<ParameterValues> left = await reference.ReadParametersAsync(Token), right = await pipeline.ReadParametersAsync(Token);
        foreach ((ParameterValues a, ParameterValues b) in left.Zip(right)) Close.InNorm(a.Values, b.Values, Tolerance, a.Name, floor: 1e-3);
        Assert.Equal((await reference.EvaluateAsync(Minibatch(77), Token)).Loss, (await pipeline.EvaluateAsync(Minibatch(77), Token)).Loss, Tolerance);
        Assert.Equal((0L, 0L), (pipeline.Ledger.InUse(MemoryPurpose.Stash), pipeline.Ledger.InUse(MemoryPurpose.Workspace)));
    }

    [Theory]
    [MemberData(nameof(Pins))]
    public async Task Hessian_vector_products_are_those_of_the_processor(string pins, string schedule)
    {
        await using Pipeline reference = await BuildAsync("-", schedule), pipeline = await BuildAsync(pins, schedule);
        IReadOnlyList<ParameterValues> v =
            [.. (await reference.ReadParametersAsync(Token)).Select((values, p) => values with { Values = HostArrays.Gaussian(values.Values.Length, (ulong)p) })];
        IReadOnlyList<ParameterValues> expected = (await reference.HessianVectorProductAsync(Minibatch(1), v, Token)).Product;
        IReadOnlyList<ParameterValues> actual = (await pipeline.HessianVectorProductAsync(Minibatch(1), v, Token)).Product;
        foreach ((ParameterValues a, ParameterValues b) in expected.Zip(actual)) Close.InNorm(a.Values, b.Values, Tolerance, a.Name, floor: 1e-3);
        Assert.Equal((0L, 0L), (pipeline.Ledger.InUse(MemoryPurpose.Stash), pipeline.Ledger.InUse(MemoryPurpose.Workspace)));
    }

    [Fact]
    public async Task The_same_run_twice_is_bit_equal()
    {
        double[][] runs = [await TrainAsync(), await TrainAsync()];
        Close.Bits(runs[0], runs[1], "second run");

        async Task<double[]> TrainAsync()
        {
            await using Pipeline pipeline = await BuildAsync("0 0", "1f1b");
            for (ulong step = 0; step < 4; step++) await pipeline.TrainStepAsync(Minibatch(step), Token);
            return [.. (await pipeline.ReadParametersAsync(Token)).SelectMany(parameter => parameter.Values)];
        }
    }

    [Fact]
    public async Task Recomputation_changes_no_bit()
    {
        double[][] runs = [await TrainAsync([Recomputation.Never]), await TrainAsync([Recomputation.Always, Recomputation.AllButLast, Recomputation.Always])];
        Close.Bits(runs[0], runs[1], "with recomputation");

        async Task<double[]> TrainAsync(Recomputation[] recomputation)
        {
            await using Pipeline pipeline = await BuildAsync("0 - 0", "1f1b", recomputation);
            for (ulong step = 0; step < 4; step++) await pipeline.TrainStepAsync(Minibatch(step), Token);
            return [.. (await pipeline.ReadParametersAsync(Token)).SelectMany(parameter => parameter.Values)];
        }
    }

    [Fact]
    public async Task A_checkpoint_moves_between_devices_and_splits()
    {
        await using Pipeline mixed = await BuildAsync("- 0", "1f1b");
        await mixed.TrainStepAsync(Minibatch(1), Token);
        PipelineState state = await mixed.CaptureAsync(Token);
        await using Pipeline processor = await BuildAsync("- - -", "gpipe");
        await processor.RestoreAsync(state, Token);
        StepResult expected = await processor.TrainStepAsync(Minibatch(2), Token), actual = await mixed.TrainStepAsync(Minibatch(2), Token);
        Assert.Equal(expected.Step, actual.Step);
        Assert.Equal(expected.Loss, actual.Loss, Tolerance * expected.Loss);
    }

    [Fact]
    public async Task A_cancelled_step_changes_nothing_and_the_next_works()
    {
        await using Pipeline pipeline = await BuildAsync("0 -", "1f1b");
        IReadOnlyList<ParameterValues> before = await pipeline.ReadParametersAsync(Token);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipeline.TrainStepAsync(Minibatch(1), cancelled.Token));
        foreach ((ParameterValues a, ParameterValues b) in before.Zip(await pipeline.ReadParametersAsync(Token))) Close.Bits(a.Values, b.Values, a.Name);
        Assert.Equal(1, (await pipeline.TrainStepAsync(Minibatch(1), Token)).Step);
    }

    private async Task<Pipeline> BuildAsync(string pins, string schedule, params Recomputation[] recomputation)
    {
        IDevice[] devices = [.. pins.Split(' ').Select(pin => pin == "-" ? CpuDevice.Instance : Device(pin[0] - '0'))];
        return await new PipelineBuilder(Inputs).Dense(13, Activation.Relu).Add(new LayerNormalizationLayer(13)).Dropout(0.2).Dense(9, new Activation(ActivationKind.Gelu)).Dense(Classes)
            .Optimizer(new SgdOptimizer(0.1, momentum: 0.9)).WeightDecay(0.01)
            .Stages(devices.Length).MicroBatches(3).Schedule(schedule).Devices(devices).Recomputation(recomputation).Seed(5).BuildAsync(Token);
    }

    private static Minibatch Minibatch(ulong seed)
    {
        var random = new RandomStream(seed, 0);
        var inputs = new float[Examples * Inputs];
        var classes = new int[Examples];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = (float)random.NextGaussian();
        for (int i = 0; i < classes.Length; i++) classes[i] = random.NextInt(Classes);
        return PipelineBackprop.Training.Minibatch.FromClasses(inputs, classes);
    }
}
