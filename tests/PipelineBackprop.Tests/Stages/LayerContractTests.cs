using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;
using PipelineBackprop.Tests.Training;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Stages;

/// <summary>A layer that returns what it must not, or holds on to what it rented, fails the pass by its own name, and the next pass works.</summary>
public sealed class LayerContractTests
{
    private const int Width = 4, Examples = 8;
    private const string Holding = "still holds it; a layer must release what it neither returns nor saves.";
    private const string Unretained = "it must return one of its own, or the given one retained.";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<Func<LayerContext, DeviceTensor, DeviceTensor?>, string> Results() => new()
    {
        { (_, _) => null, "returned null; it must return a rented [8×4]." },
        { (context, x) => Rented(context, x.Rows - 1, 4), "returned [7×4]; it must return [8×4]." },
        { (context, x) => Rented(context, x.Rows * 100, 4), "returned [800×4]; it must return [8×4]." },
        { (context, x) => Rented(context, x.Rows, 2), "returned [8×2]; it must return [8×4]." },
        { (context, _) => context.RentOutput(Shape.Vector(32)), "returned [32]; it must return [8×4]." },
        { (_, x) => x, $"returned the tensor [8×4] it was given and did not retain it; {Unretained}" },
        { Kept, $"returned the tensor [8×4] it was given and did not retain it; {Unretained}" },
        { Released, "returned a tensor [8×4] that it had released; the caller releases what a layer returns." },
        { WithOutput, $"rented a tensor [2×6] and {Holding}" },
        { WithGradient, $"rented a tensor [5] and {Holding}" },
        { HeldTwice, $"rented a tensor [8×4] and {Holding}" },
        { WithScratch, "rented scratch [3×5] and did not release it; a layer must release its scratch before it returns." },
    };

    [Theory]
    [MemberData(nameof(Results), DisableDiscoveryEnumeration = true)]
    public Task A_forward_that_breaks_the_contract_is_named(Func<LayerContext, DeviceTensor, DeviceTensor?> result, string sentence) =>
        AssertNamedAsync((layer, isArmed) => layer.OnForward = (context, x) => isArmed() ? result(context, x) : x.Retain(), $"Forward {sentence}", Train);

    [Theory]
    [MemberData(nameof(Results), DisableDiscoveryEnumeration = true)]
    public Task A_backward_that_breaks_the_contract_is_named(Func<LayerContext, DeviceTensor, DeviceTensor?> result, string sentence) =>
        AssertNamedAsync((layer, isArmed) => layer.OnBackward = (context, dy) => isArmed() ? result(context, dy) : dy.Retain(), $"BackwardInput {sentence}", Train);

    [Theory]
    [MemberData(nameof(Results), DisableDiscoveryEnumeration = true)]
    public Task A_tangent_of_forward_that_breaks_the_contract_is_named(Func<LayerContext, DeviceTensor, DeviceTensor?> result, string sentence) =>
        AssertNamedAsync(
            (layer, isArmed) => layer.OnForwardTangent = (context, rx) => isArmed() ? result(context, rx!) : rx!.Retain(), $"RForward {sentence}", Multiply);

    [Theory]
    [MemberData(nameof(Results), DisableDiscoveryEnumeration = true)]
    public Task A_tangent_of_backward_that_breaks_the_contract_is_named(Func<LayerContext, DeviceTensor, DeviceTensor?> result, string sentence) =>
        AssertNamedAsync(
            (layer, isArmed) => layer.OnBackwardTangent = (context, rdy) => isArmed() ? result(context, rdy) : rdy.Retain(), $"RBackwardInput {sentence}", Multiply);

    [Theory]
    [MemberData(nameof(Results), DisableDiscoveryEnumeration = true)]
    public Task A_prediction_that_breaks_the_contract_is_named(Func<LayerContext, DeviceTensor, DeviceTensor?> result, string sentence) =>
        AssertNamedAsync((layer, isArmed) => layer.OnForward = (context, x) => isArmed() ? result(context, x) : x.Retain(), $"Forward {sentence}", Predict);

    [Fact]
    public async Task Scratch_that_a_frame_keeps_or_that_was_lent_again_is_not_forgotten()
    {
        var own = new ContractLayer(Width);
        own.OnForward = (context, x) =>
        {
            DeviceTensor kept = context.RentScratch(x.Shape), reused = context.RentScratch(x.Shape);
            context.Save(0, kept);
            kept.Release();
            reused.Release();
            DeviceTensor y = context.RentOutput(x.Shape);
            context.Compute.Copy(x, y);
            return y;
        };
        await using Pipeline pipeline = await CreateAsync(own);
        for (int step = 0; step < 3; step++) await Train(pipeline);
        await Predict(pipeline);
        Trial.AssertNothingLent(pipeline);
    }

    [Fact]
    public async Task A_given_tensor_that_is_kept_and_returned_retained_is_as_good_as_one_of_its_own()
    {
        var own = new ContractLayer(Width);
        own.OnForward = (context, x) =>
        {
            context.Save(0, x);
            return x.Retain();
        };
        await using Pipeline pipeline = await CreateAsync(own);
        await Train(pipeline);
        await Predict(pipeline);
        Trial.AssertNothingLent(pipeline);
    }

    private static async Task AssertNamedAsync(Action<ContractLayer, Func<bool>> arm, string sentence, Func<Pipeline, Task> pass)
    {
        bool isArmed = false;
        var own = new ContractLayer(Width);
        arm(own, () => isArmed);
        await using Pipeline pipeline = await CreateAsync(own);
        await pass(pipeline);
        isArmed = true;
        PipelineException failure = await Assert.ThrowsAsync<PipelineException>(() => pass(pipeline));
        Assert.Equal(1, failure.Layer);
        Assert.EndsWith($": {sentence}", failure.Message, StringComparison.Ordinal);
        Assert.Contains("layer 1 (own 4)", failure.Message, StringComparison.Ordinal);
        Trial.AssertNothingLent(pipeline);
        isArmed = false;
        await pass(pipeline);
        Trial.AssertNothingLent(pipeline);
    }

    private static Task<Pipeline> CreateAsync(Layer own) =>
        new PipelineBuilder(3).Dense(Width, Activation.Tanh).Add(own).Dense(Width).Loss(new HalfSquaredErrorLoss()).BuildAsync(Token);

    private static Task Train(Pipeline pipeline) => pipeline.TrainStepAsync(Trial.Valued(1, Examples, 3, Width), Token);

    private static Task Predict(Pipeline pipeline) => pipeline.PredictAsync(Trial.Gaussians(1, Examples * 3), Examples, Token);

    private static async Task Multiply(Pipeline pipeline)
    {
        IReadOnlyList<ParameterValues> direction = await pipeline.ReadParametersAsync(Token);
        await pipeline.HessianVectorProductAsync(Trial.Valued(1, Examples, 3, Width), direction, Token);
    }

    private static DeviceTensor Rented(LayerContext context, int rows, int columns) => Filled(context, context.RentOutput(Shape.Matrix(rows, columns)));

    private static DeviceTensor Filled(LayerContext context, DeviceTensor tensor)
    {
        context.Compute.Fill(tensor, 0.5);
        return tensor;
    }

    private static DeviceTensor Kept(LayerContext context, DeviceTensor x)
    {
        context.Save(5, x);
        return x;
    }

    private static DeviceTensor Released(LayerContext context, DeviceTensor x)
    {
        DeviceTensor y = Rented(context, x.Rows, x.Columns);
        y.Release();
        return y;
    }

    private static DeviceTensor WithOutput(LayerContext context, DeviceTensor x)
    {
        Filled(context, context.RentOutput(Shape.Matrix(2, 6)));
        return x.Retain();
    }

    private static DeviceTensor WithGradient(LayerContext context, DeviceTensor x)
    {
        Filled(context, context.RentGradient(Shape.Vector(5)));
        return Rented(context, x.Rows, x.Columns);
    }

    private static DeviceTensor HeldTwice(LayerContext context, DeviceTensor x) => Rented(context, x.Rows, x.Columns).Retain();

    private static DeviceTensor WithScratch(LayerContext context, DeviceTensor x)
    {
        Filled(context, context.RentScratch(Shape.Matrix(3, 5)));
        return Rented(context, x.Rows, x.Columns);
    }
}
