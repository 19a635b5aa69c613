using PipelineBackprop.Blocks;
using PipelineBackprop.Schedules;
using PipelineBackprop.Stages;
using PipelineBackprop.Tests.Training;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Stages;

/// <summary>A Hessian-vector product that fails or is cancelled leaves nothing behind, and the next one has the bits of one that was never disturbed.</summary>
public sealed class HessianVectorFaultTests
{
    private const int Stages = 3;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, int, ActionKind, int> Places()
    {
        var places = new TheoryData<string, int, ActionKind, int>();
        foreach (string schedule in new[] { "gpipe", "1f1b" })
            for (int layer = 0; layer < 4; layer++)
                foreach (ActionKind action in Enum.GetValues<ActionKind>())
                    foreach (int microBatch in new[] { 0, 3 }) places.Add(schedule, layer, action, microBatch);
        return places;
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_layer_that_throws_fails_the_product_and_nothing_else(string schedule, int layer, ActionKind action, int microBatch)
    {
        int calls = 0;
        await AssertUndisturbedAsync(schedule, (layers, _) => layers[layer].BeforeTangent = (_, kind) =>
        {
            if (kind == action && calls++ == microBatch) throw new InvalidOperationException("the layer is on fire");
        }, async running =>
        {
            PipelineException failure = await Assert.ThrowsAsync<PipelineException>(() => running);
            Assert.Equal((layer, action, microBatch), (failure.Layer, failure.Action, failure.MicroBatch));
            Assert.Contains("the layer is on fire", failure.Message, StringComparison.Ordinal);
        });
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_product_cancelled_in_any_action_is_given_up(string schedule, int layer, ActionKind action, int microBatch)
    {
        int calls = 0;
        await AssertUndisturbedAsync(schedule, (layers, cancellation) => layers[layer].BeforeTangent = (_, kind) =>
        {
            if (kind == action && calls++ == microBatch) cancellation.Cancel();
        }, async running => await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running));
    }

    [Fact]
    public async Task A_tangent_of_NaN_is_named_where_it_began()
    {
        await AssertUndisturbedAsync("1f1b", (layers, _) => layers[1].SpoilTangent = (context, kind) =>
            kind == ActionKind.Forward && context.FirstExample > 0 ? double.NaN : null, async running =>
        {
            PipelineException failure = await Assert.ThrowsAsync<PipelineException>(() => running);
            Assert.IsType<NonFiniteValueException>(failure.InnerException);
            Assert.Equal((1, ActionKind.Forward, 1), (failure.Layer, failure.Action, failure.MicroBatch));
            Assert.Contains("tangent", failure.Message, StringComparison.Ordinal);
        });
    }

    private static async Task AssertUndisturbedAsync(
        string schedule, Action<ProbeLayer[], CancellationTokenSource> arm, Func<Task<HessianVectorResult>, Task> assert)
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        await using Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(layers, Stages, schedule: schedule), Token);
        Minibatch minibatch = ProbePipeline.Minibatch(1);
        await pipeline.TrainStepAsync(minibatch, Token);
        PipelineState before = await pipeline.CaptureAsync(Token);
        IReadOnlyList<ParameterValues> v = await pipeline.ReadParametersAsync(Token);
        HessianVectorResult expected = await pipeline.HessianVectorProductAsync(minibatch, v, Token);

        using var cancellation = new CancellationTokenSource();
        arm(layers, cancellation);
        await assert(pipeline.HessianVectorProductAsync(minibatch, v, cancellation.Token));
        Trial.AssertNothingLent(pipeline);
        Trial.AssertBitEqual(before, await pipeline.CaptureAsync(Token));

        foreach (ProbeLayer layer in layers) (layer.BeforeTangent, layer.SpoilTangent) = (null, null);
        HessianVectorResult next = await pipeline.HessianVectorProductAsync(minibatch, v, Token);
        foreach ((ParameterValues left, ParameterValues right) in expected.Product.Zip(next.Product)) Assert.Equal(left.Values, right.Values);
        Trial.AssertNothingLent(pipeline);
    }
}
