using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Stages;

/// <summary>Who computes passes that take less time than waking a thread: their caller, where nothing speaks against it.</summary>
public sealed class ShortPassTests
{
    private const int Inputs = 6, Examples = 4, Enough = 200, Patience = 20_000;

    [Fact]
    public async Task A_short_step_is_computed_by_its_caller_with_the_same_numbers()
    {
        Layer[] layers = [new DenseLayer(Inputs, 5, Activation.Tanh), new DenseLayer(5, 3)];
        (int here, List<double> losses) = await StepsAsync(Options(layers), hasContext: false, untilHere: Enough);
        Assert.True(here >= Enough, $"Of {losses.Count} steps the caller computed {here}.");

        (here, List<double> others) = await StepsAsync(Options(layers), hasContext: true, untilHere: Enough, atMost: losses.Count);
        Assert.Equal(0, here);
        Assert.Equal(losses, others);
    }

    [Fact]
    public async Task Layers_of_the_users_own_run_on_the_stages_thread()
    {
        Layer[] layers = [new ProbeLayer(new DenseLayer(Inputs, 5)), new DenseLayer(5, 3)];
        (int here, _) = await StepsAsync(Options(layers), hasContext: false, untilHere: 1, atMost: 500);
        Assert.Equal(0, here);
    }

    [Fact]
    public async Task Several_stages_run_on_their_own_threads()
    {
        Layer[] layers = [new DenseLayer(Inputs, 5), new DenseLayer(5, 3)];
        (int here, _) = await StepsAsync(Options(layers) with { Stages = 2 }, hasContext: false, untilHere: 1, atMost: 500);
        Assert.Equal(0, here);
    }

    [Fact]
    public async Task A_pass_that_turns_out_long_goes_on_without_its_caller()
    {
        Assert.SkipUnless(Fma.IsSupported || AdvSimd.IsSupported, "without fused multiplications a prediction of one row takes long, too");
        // Predictions of one row are short; thousands of rows go through the stage in one pass of many micro-batches.
        const int Rows = 4096;
        Layer[] layers = [new DenseLayer(Inputs, 256), new DenseLayer(256, 256), new DenseLayer(256, 3)];
        await using Pipeline pipeline = await Pipeline.CreateAsync(Options(layers) with { MicroBatches = 32 }, TestContext.Current.CancellationToken);
        using var one = new Watched(1);
        using var many = new Watched(Rows);
        await Task.Run(async () =>
        {
            int begun = 0, leftEarly = 0;
            for (int round = 0; round < 2000 && leftEarly < 10; round++)
            {
                SynchronizationContext.SetSynchronizationContext(null);
                int caller = Environment.CurrentManagedThreadId;
                Task<float[]> first = pipeline.PredictAsync(one.Memory, 1, TestContext.Current.CancellationToken);
                if (!first.IsCompleted)
                {
                    await first.ConfigureAwait(false);
                    continue;
                }
                Task<float[]> all = pipeline.PredictAsync(many.Memory, Rows, TestContext.Current.CancellationToken);
                bool isOver = all.IsCompleted;
                float[] outputs = await all.ConfigureAwait(false);
                Assert.Equal(await first, outputs[..3]);
                if (many.PinnedBy != caller) continue;
                begun++;
                if (!isOver) leftEarly++;
            }
            Assert.True(leftEarly > 0, $"Of {begun} long passes that callers began they left none before it was over.");
        }, TestContext.Current.CancellationToken);
    }

    private static PipelineOptions Options(IReadOnlyList<Layer> layers) => new()
    {
        Layers = layers,
        MicroBatches = 2,
        Optimizer = new SgdOptimizer(0.01, momentum: 0.9),
        WeightDecay = new WeightDecay(0.01),
        Seed = 3,
    };

    // Steps until the caller has computed so many of them; how many those were, and the loss of every step.
    private static Task<(int Here, List<double> Losses)> StepsAsync(PipelineOptions options, bool hasContext, int untilHere, int atMost = Patience) => Task.Run(async () =>
    {
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, TestContext.Current.CancellationToken).ConfigureAwait(false);
        using var inputs = new Watched(Examples);
        float[] targets = [0, 2, 1, 1];
        var losses = new List<double>();
        int here = 0;
        while (here < untilHere && losses.Count < atMost)
        {
            SynchronizationContext.SetSynchronizationContext(hasContext ? new SynchronizationContext() : null);
            int caller = Environment.CurrentManagedThreadId;
            Task<StepResult> step = pipeline.TrainStepAsync(new Minibatch(inputs.Memory, targets, Examples), TestContext.Current.CancellationToken);
            losses.Add((await step.ConfigureAwait(false)).Loss);
            if (inputs.PinnedBy == caller) here++;
        }
        return (here, losses);
    });

    // Inputs that know which thread a pass read them on.
    private sealed class Watched : MemoryManager<float>
    {
        private readonly float[] _numbers;

        public Watched(int rows) => _numbers = [.. Enumerable.Range(0, rows * Inputs).Select(i => (float)Math.Sin(i))];

        public int PinnedBy { get; private set; }

        public override Span<float> GetSpan() => _numbers;

        public override unsafe MemoryHandle Pin(int elementIndex = 0)
        {
            PinnedBy = Environment.CurrentManagedThreadId;
            var handle = GCHandle.Alloc(_numbers, GCHandleType.Pinned);
            return new MemoryHandle((float*)handle.AddrOfPinnedObject() + elementIndex, handle);
        }

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
