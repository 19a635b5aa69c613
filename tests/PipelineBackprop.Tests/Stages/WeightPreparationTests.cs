using PipelineBackprop.Blocks;
using PipelineBackprop.Compute;
using PipelineBackprop.Diagnostics;
using PipelineBackprop.Layers;
using PipelineBackprop.Schedules;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using Xunit;

namespace PipelineBackprop.Tests.Stages;

/// <summary>Which packed weights a stage brings up to date while it waits, and in which order.</summary>
public sealed class WeightPreparationTests : IDisposable
{
    private const int Width = 64;

    private readonly ComputeBench _bench = new(CpuDevice.Instance, ElementType.Float32);
    private readonly LayerContext[] _contexts;
    private readonly DeviceTensor[] _packed; // of both layers for F, then for B
    private readonly WeightPreparation _preparation;

    public WeightPreparationTests()
    {
        _contexts = [Context(1), Context(2)];
        _packed = [.. Enum.GetValues<WeightUse>().SelectMany(use => _contexts.Select(context => context.PackedWeight(0, use)!))];
        _preparation = new WeightPreparation(new StageRecorder(), _contexts);
        foreach (LayerContext context in _contexts) _bench.Compute.Upload(HostArrays.Gaussian(Width * Width, 9), context.Parameters[0]);
    }

    [Fact]
    public void Go_InAPassOfSeveralMicroBatches_PreparesForFInOrderAndThenForBInReverse()
    {
        _preparation.Begin(Pass(PassMode.Train, microBatches: 2));
        foreach (string expected in (string[])["fresh stale stale stale", "fresh fresh stale stale", "fresh fresh stale fresh", "fresh fresh fresh fresh", "fresh fresh fresh fresh"])
        {
            GoOnce();
            Assert.Equal(expected, State());
        }
    }

    [Fact]
    public void Go_WhileTheStageIsCalled_DoesNothing()
    {
        _preparation.Begin(Pass(PassMode.Train, microBatches: 2));
        _preparation.Go(() => true);
        Assert.Equal("stale stale stale stale", State());
    }

    [Theory]
    [InlineData(ActionKind.Forward, "stale stale fresh fresh")]
    [InlineData(ActionKind.InputGradient, "stale stale stale stale")]
    public void Go_BehindTheFirstAction_PreparesForTheLaterOnesOnly(ActionKind first, string expected)
    {
        _preparation.Begin(Pass(PassMode.Train, microBatches: 2));
        _preparation.Start(first);
        _preparation.Start(ActionKind.Forward); // of the next micro-batch, which sets nothing back
        _preparation.Go(() => false);
        Assert.Equal(expected, State());
    }

    [Theory]
    [InlineData(PassMode.Train, 1, "stale stale stale stale")]
    [InlineData(PassMode.Gradients, 3, "fresh fresh fresh fresh")]
    [InlineData(PassMode.Evaluate, 1, "fresh fresh stale stale")]
    [InlineData(PassMode.Predict, 2, "fresh fresh stale stale")]
    internal void Go_InEveryPass_PreparesWhatThePassWillAskFor(PassMode mode, int microBatches, string expected)
    {
        _preparation.Begin(Pass(mode, microBatches));
        _preparation.Go(() => false);
        Assert.Equal(expected, State());
    }

    [Fact]
    public void Go_WhereNothingWasEverPacked_PacksNothing()
    {
        LayerContext[] contexts = [Context(3)];
        long before = _bench.Account.InUse(MemoryPurpose.Parameters);
        var preparation = new WeightPreparation(new StageRecorder(), contexts);
        preparation.Begin(Pass(PassMode.Train, microBatches: 2));
        preparation.Go(() => false);
        Assert.Equal(before, _bench.Account.InUse(MemoryPurpose.Parameters));
    }

    public void Dispose() => _bench.Dispose();

    private void GoOnce()
    {
        bool isCalled = false;
        _preparation.Go(() =>
        {
            bool was = isCalled;
            isCalled = true;
            return was;
        });
    }

    private string State() => string.Join(' ', _packed.Select((packed, i) =>
    {
        DeviceTensor weight = _contexts[i % 2].Parameters[0], fresh = _bench.Rent(packed.Shape);
        _bench.Compute.Pack(weight, (WeightUse)(i / 2), fresh);
        bool isFresh = _bench.Download(fresh).SequenceEqual(_bench.Download(packed));
        fresh.Release();
        return isFresh ? "fresh" : "stale";
    }));

    private LayerContext Context(ulong seed) => new(
        _bench.Compute, _bench.Pool, [_bench.Upload(HostArrays.Gaussian(Width, Width, seed))], [], randomKey: 0, needsInputGradient: true)
    { ReusesParameters = true };

    private static Pass Pass(PassMode mode, int microBatches) => new(
        mode, step: 0, MicroBatchRange.Split(microBatches, microBatches), new PassData(default, default, default), CancellationToken.None);
}
