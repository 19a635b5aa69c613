using System.Collections.Concurrent;
using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Planning;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tests.Stages;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>What is measured of layers and engine; no test asks how long it takes.</summary>
public sealed class ProfilerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task LayerProfiler_CpuDevice_MeasuresEveryLayerAndCountsItsBytes()
    {
        ModelProfile profile = await LayerProfiler.MeasureAsync(Options(), CpuDevice.Instance, 8, Token);

        Assert.Equal(("cpu", 8, 6), (profile.Device, profile.Rows, profile.Layers.Count));
        Assert.Equal(Options().Layers.Select(layer => layer.ToString()), profile.Layers.Select(layer => layer.Name));
        Assert.All(profile.Layers, layer => Assert.True(layer is { Forward: >= 0, InputGradient: >= 0, WeightGradient: >= 0, Update: >= 0, Transfer: >= 0 } && double.IsFinite(layer.Busy)));
        Assert.Equal([0, 4 * (12 * 20 + 20), 4 * 40, 4 * (20 * 16 + 16), 0, 4 * (16 * 5 + 5)], profile.Layers.Select(layer => layer.ParameterBytes));
        Assert.Equal([12, 20, 20, 16, 16, 5], profile.Layers.Select(layer => layer.OutputBytes / 4 / 8));
        // Dropout keeps nothing, gelu z beside its layer's x, normalisation x̂ and a number a row, relu its output, the last layer its input.
        Assert.Equal([0, 12 + 20, 20 + 1, 20 + 16, 0, 16], profile.Layers.Select(layer => layer.KeptBytes / 4 / 8));
    }

    [Fact]
    public async Task LayerProfiler_TwoAtOnce_MeasuresBesideANeighbourAndStopsIt()
    {
        using var together = new Barrier(2);
        var threads = new ConcurrentDictionary<int, bool>();
        int forwards = 0;
        ProbeLayer layer = new(new DenseLayer(6, 6));
        layer.Before = (_, action) =>
        {
            if (action != ActionKind.Forward) return;
            Interlocked.Increment(ref forwards);
            // Each waits once for the other, so that neither is done before the other has begun.
            if (threads.TryAdd(Environment.CurrentManagedThreadId, true)) threads[Environment.CurrentManagedThreadId] = together.SignalAndWait(TimeSpan.FromSeconds(20), Token);
        };
        PipelineOptions options = new() { Layers = [layer], Loss = new HalfSquaredErrorLoss() };

        await LayerProfiler.MeasureAsync(options, CpuDevice.Instance, 8, atOnce: 2, Token);

        Assert.Equal([true, true], threads.Values);
        // Both have come to an end.
        int ended = Volatile.Read(ref forwards);
        await LayerProfiler.MeasureAsync(Options(), CpuDevice.Instance, 8, Token);
        Assert.Equal(ended, Volatile.Read(ref forwards));
    }

    [Fact]
    public async Task LayerProfiler_ALayerThatFails_FailsBesideANeighbourToo()
    {
        ProbeLayer layer = new(new DenseLayer(6, 6)) { Before = (_, _) => throw new InvalidOperationException("the layer is on fire") };
        PipelineOptions options = new() { Layers = [layer], Loss = new HalfSquaredErrorLoss() };

        Exception failure = await Assert.ThrowsAsync<InvalidOperationException>(() => LayerProfiler.MeasureAsync(options, CpuDevice.Instance, 8, atOnce: 2, Token));

        Assert.Equal("the layer is on fire", failure.Message);
    }

    [Fact]
    public async Task EngineProfiler_CpuDevice_MeasuresWhatActionsHandOversAndStepsTake()
    {
        EngineProfile engine = await EngineProfiler.MeasureAsync(Options(), CpuDevice.Instance, Token);

        Assert.All([engine.Forward.Of(3), engine.InputGradient.Of(3), engine.WeightGradient.Of(3), engine.Step, engine.StepAlone], seconds => Assert.InRange(seconds, 1e-9, 1));
        Assert.True(engine is { WakeUp: >= 0, AwakeFor: > 0 });
    }

    [Fact]
    public async Task LayerProfiler_Cancelled_Stops()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LayerProfiler.MeasureAsync(Options(), CpuDevice.Instance, 8, cancelled.Token));
    }

    private static PipelineOptions Options() => new()
    {
        Layers =
        [
            new DropoutLayer(12, 0.1), new DenseLayer(12, 20, new Activation(ActivationKind.Gelu)), new LayerNormalizationLayer(20),
            new DenseLayer(20, 16, Activation.Relu), new DropoutLayer(16, 0.5), new DenseLayer(16, 5),
        ],
        Optimizer = new AdamOptimizer(),
        NonFiniteCheck = NonFiniteCheck.Step,
    };
}
