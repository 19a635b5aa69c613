using System.Numerics.Tensors;
using PipelineBackprop.Losses;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

public sealed class MinibatchTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void FromTensors_ImagesAndColumns_FlattensEachExampleToARow()
    {
        float[] pixels = [.. Enumerable.Range(0, 24).Select(i => (float)i)];
        Minibatch minibatch = Minibatch.FromTensors(Tensor.Create(pixels, [2, 3, 4]), Tensor.Create([1f, 0f], [2]));
        Assert.Equal(2, minibatch.Count);
        Assert.Equal(pixels, minibatch.Inputs.ToArray());
        Assert.Equal([1f, 0f], minibatch.Targets.ToArray());
    }

    [Fact]
    public void FromTensors_PartOfALargerTensor_TakesThatPartAlone()
    {
        float[] values = [.. Enumerable.Range(0, 20).Select(i => (float)i)];
        ReadOnlyTensorSpan<float> middle = new ReadOnlyTensorSpan<float>(values, [4, 5]).Slice([1..3, 1..4]);
        Minibatch minibatch = Minibatch.FromTensors(middle, new ReadOnlyTensorSpan<float>([7f, 8f], [2, 1]));
        Assert.Equal([6f, 7f, 8f, 11f, 12f, 13f], minibatch.Inputs.ToArray());
        Assert.Equal([7f, 8f], minibatch.Targets.ToArray());
    }

    [Fact]
    public void FromTensors_OtherNumberOfTargets_NamesBoth()
    {
        var failure = Assert.Throws<ArgumentException>(() => Minibatch.FromTensors(Tensor.Create(new float[6], [3, 2]), Tensor.Create(new float[2], [2])));
        Assert.StartsWith("inputs has 3 examples and targets has 2", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromClasses_Indices_BecomeTargetRows()
    {
        Minibatch minibatch = Minibatch.FromClasses(new float[6], [2, 0, 1]);
        Assert.Equal(3, minibatch.Count);
        Assert.Equal([2f, 0f, 1f], minibatch.Targets.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => Minibatch.FromClasses(ReadOnlyMemory<float>.Empty, []));
    }

    public static TheoryData<int, int, int, string> Misfits() => new()
    {
        { 8, 2, 2, "layer 0 (dense 5→3) expects 5 inputs, got 4." },
        { 9, 2, 2, "layer 0 (dense 5→3) expects 2 examples × 5 inputs = 10 values, got 9." },
        { 10, 3, 2, "the loss softmaxCrossEntropy expects 2 target values (2 examples × 1), got 3." },
    };

    [Theory]
    [MemberData(nameof(Misfits))]
    public async Task Sizes_that_do_not_fit_the_model_are_named(int inputs, int targets, int count, string sentence)
    {
        await using Pipeline pipeline = await new PipelineBuilder(5).Dense(3).BuildAsync(Token);
        await RefusedAsync(sentence, () => pipeline.TrainStepAsync(new Minibatch(new float[inputs], new float[targets], count), Token));
        await RefusedAsync(sentence, () => pipeline.EvaluateAsync(new Minibatch(new float[inputs], new float[targets], count), Token));
        await RefusedAsync(sentence, () => pipeline.ComputeGradientsAsync(new Minibatch(new float[inputs], new float[targets], count), Token));
        if (inputs != 10) await RefusedAsync(sentence, () => pipeline.PredictAsync(new float[inputs], count, Token));
    }

    [Fact]
    public async Task A_minibatch_without_examples_is_refused()
    {
        await using Pipeline pipeline = await new PipelineBuilder(5).Dense(3).BuildAsync(Token);
        await RefusedAsync("a minibatch needs at least one example, got 0.", () => pipeline.TrainStepAsync(default, Token));
        await RefusedAsync("a minibatch needs at least one example, got 0.", () => pipeline.PredictAsync(ReadOnlyMemory<float>.Empty, 0, Token));
    }

    [Theory]
    [InlineData(3f, "3")]
    [InlineData(-1f, "-1")]
    [InlineData(0.5f, "0.5")]
    [InlineData(float.NaN, "NaN")]
    public async Task A_class_that_the_model_does_not_have_is_named(float target, string shown)
    {
        await using Pipeline pipeline = await new PipelineBuilder(1).Dense(3).BuildAsync(Token);
        await RefusedAsync($"example 2 has class {shown}; the model has classes 0 to 2.",
            () => pipeline.TrainStepAsync(new Minibatch(new float[4], new[] { 0f, 2f, target, 1f }, 4), Token));
    }

    [Theory]
    [InlineData(1.5f, "1.5")]
    [InlineData(-0.1f, "-0.1")]
    [InlineData(float.NaN, "NaN")]
    public async Task A_target_that_is_no_probability_is_named(float target, string shown)
    {
        await using Pipeline pipeline = await new PipelineBuilder(1).Dense(2).Loss(new BinaryCrossEntropyLoss()).BuildAsync(Token);
        await RefusedAsync($"example 1 has target {shown}; binaryCrossEntropy needs targets from 0 to 1.",
            () => pipeline.TrainStepAsync(new Minibatch(new float[2], new[] { 0f, 1f, 0.5f, target }, 2), Token));
    }

    private static async Task RefusedAsync(string sentence, Func<Task> call) =>
        Assert.Equal(sentence, (await Assert.ThrowsAsync<InvalidInputException>(call)).Message);
}
