using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Randomness;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>Stages on the processor that wait help the others, and nothing but the time shows it.</summary>
public sealed class HelpOtherStagesTests
{
    private const int Inputs = 400, Classes = 10, Examples = 96, Steps = 6;

    [Theory]
    [InlineData("gpipe", 3)]
    [InlineData("1f1b", 3)]
    [InlineData("1f1b", 1)]
    [InlineData("zb-h1", 6)]
    public async Task TrainStep_StagesThatHelp_GiveTheSameBits(string schedule, int microBatches)
    {
        // Nearly all the work is stage 0's, in products that are large enough to be open to others.
        PipelineState alone = await TrainAsync(schedule, microBatches, helps: false), helped = await TrainAsync(schedule, microBatches, helps: true);

        for (int i = 0; i < alone.Parameters.Count; i++)
            Assert.True(alone.Parameters[i].Data.Span.SequenceEqual(helped.Parameters[i].Data.Span), $"{helped.Parameters[i].Name} differs in its bits");
    }

    [Fact]
    public void AreThreadsLent_WithSeveralStagesAndACoreForEachThread_IsTrue()
    {
        PipelineOptions options = new() { Layers = [new DenseLayer(4, 3), new DenseLayer(3, 2)], Stages = 2 };

        Assert.Equal(Environment.ProcessorCount >= 2, options.AreThreadsLent);
        Assert.False((options with { HelpOtherStages = false }).AreThreadsLent);
        Assert.False((options with { Stages = 1 }).AreThreadsLent);
        Assert.False((options with { ThreadsPerStage = Environment.ProcessorCount }).AreThreadsLent);
        Assert.False((options with { ThreadsPerStage = int.MaxValue }).AreThreadsLent);
        Assert.False((options with { Devices = [new NamedDevice("other")] }).AreThreadsLent);
        Assert.False((options with { Devices = [CpuDevice.Instance, new NamedDevice("other")] }).AreThreadsLent);
        // Options that will be refused.
        Assert.False((options with { Stages = -1 }).AreThreadsLent);
        Assert.False((options with { Stages = 3, Devices = [CpuDevice.Instance, new NamedDevice("other")] }).AreThreadsLent);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OpenAsync_StagesThatHelp_GivesTheirThreadsSomethingToDoWhileTheyWait(bool helps)
    {
        PipelineOptions options = new() { Layers = [new DenseLayer(4, 3), new DenseLayer(3, 2)], Stages = 2, HelpOtherStages = helps };
        var ledger = new MemoryLedger();
        IReadOnlyList<PipelineStage> stages = PipelineAssembly.CreateStages(options, PipelineAssembly.Boundaries(options), ledger, listener: null!);
        Assert.Same(stages[0].Definition.ComputeOptions, stages[1].Definition.ComputeOptions);
        var devices = new OpenDevices();
        foreach (PipelineStage stage in stages)
        {
            using DeviceLease lease = await devices.OpenAsync(stage.Definition, ledger.Open("test"));
            Assert.Equal(options.AreThreadsLent, lease.Thread.WhenIdle is not null);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TrainStep_KernelThatFailsOnWhateverThread_ThrowsAPipelineException(bool helps)
    {
        const int Rows = 400_000, Tries = 20;
        PipelineOptions options = new()
        {
            Layers = [new DenseLayer(2, 2), new DenseLayer(2, 1)],
            Loss = new ClassesAsValues(),
            Stages = 2,
            MicroBatches = 1,
            HelpOtherStages = helps,
        };
        float[] classes = new float[Rows];
        Array.Fill(classes, 5f, Rows / 2, Rows / 2);
        // Whether the other stage helps is up to the machine, most times it does.
        for (int i = 0; i < Tries; i++)
        {
            await using Pipeline pipeline = await Pipeline.CreateAsync(options, TestContext.Current.CancellationToken);
            PipelineException failure = await Assert.ThrowsAsync<PipelineException>(
                () => pipeline.TrainStepAsync(new Minibatch(new float[2 * Rows], classes, Rows), TestContext.Current.CancellationToken));
            Assert.StartsWith("The class of row ", Assert.IsType<ArgumentException>(failure.InnerException).Message, StringComparison.Ordinal);
        }
    }

    private static async Task<PipelineState> TrainAsync(string schedule, int microBatches, bool helps)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using Pipeline pipeline = await new PipelineBuilder(Inputs)
            .Dense(300, Activation.Relu).Dense(300, new Activation(ActivationKind.Gelu)).Dense(Classes)
            .Loss(new SoftmaxCrossEntropyLoss()).Optimizer(new SgdOptimizer(0.05, momentum: 0.9))
            .Stages(2).MicroBatches(microBatches).Schedule(schedule).Seed(3)
            .With(options => options with { HelpOtherStages = helps, Boundaries = [0, 2] })
            .BuildAsync(token);
        var random = new RandomStream(11, 0);
        for (int step = 0; step < Steps; step++)
        {
            var inputs = new float[Examples * Inputs];
            for (int i = 0; i < inputs.Length; i++) inputs[i] = (float)random.NextGaussian();
            int[] classes = [.. Enumerable.Range(0, Examples).Select(_ => random.NextInt(Classes))];
            await pipeline.TrainStepAsync(Minibatch.FromClasses(inputs, classes), token);
        }
        return await pipeline.CaptureAsync(token);
    }

    // Numbers to predict are not looked at before the kernel that takes them for classes.
    private sealed class ClassesAsValues : Loss
    {
        public override string Kind => "classesAsValues";

        public override TargetKind Targets => TargetKind.Values;

        public override void Evaluate(
            ICompute compute, DeviceTensor outputs, DeviceTensor targets, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient) =>
            compute.SoftmaxCrossEntropy(outputs, targets, scale, losses, slot, gradient);

        public override void REvaluate(
            ICompute compute, DeviceTensor outputs, DeviceTensor targets, DeviceTensor routputs, double scale, DeviceTensor rgradient) =>
            compute.SoftmaxCrossEntropyTangent(outputs, routputs, scale, rgradient);
    }
}
