using PipelineBackprop.Data;
using Xunit;

namespace PipelineBackprop.Tests.Data;

public sealed class DatasetTests
{
    private static readonly float[] s_inputs = [1, 2, 3, 4, 5, 6];

    [Fact]
    public void Row_and_Slice_show_the_right_examples()
    {
        var dataset = new Dataset("six", 2, s_inputs, 1, new float[] { 0, 2, 1 }, 3, ["a", "b", "c"], ["x", "y"]);

        Dataset slice = dataset.Slice(1, 2);

        Assert.Equal(3, dataset.Count);
        Assert.Equal([5f, 6f], dataset.Row(2));
        Assert.Equal([3f, 4f], slice.Row(0));
        Assert.Equal([1f], slice.TargetRow(1));
        Assert.Equal("b", slice.ClassNames![1]);
        Assert.Equal(0, dataset.Slice(3, 0).Count);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 4)]
    [InlineData(3, 1)]
    [InlineData(1, -1)]
    [InlineData(2, int.MaxValue)]
    public void Slice_outside_throws(int start, int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Dataset("six", 2, s_inputs, 1, new float[3]).Slice(start, count));

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    public void Row_outside_throws(int index) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Dataset("six", 2, s_inputs, 1, new float[3]).Row(index).Length);

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Constructor_refuses_values_that_are_not_finite(float bad)
    {
        float[] inputs = [1, 2, 3, bad], targets = [0, bad];
        OneSentence.Require(
            Assert.Throws<InvalidInputException>(() => new Dataset("d", 2, inputs, 1, new float[2], inputNames: ["a", "b"])).Message, "d: input row 1, column 1 (b)", FormattableString.Invariant($"{bad}"));
        OneSentence.Require(Assert.Throws<InvalidInputException>(() => new Dataset("d", 2, new float[4], 1, targets)).Message, "target row 1, column 0");
    }

    [Theory]
    [InlineData(-1f)]
    [InlineData(3f)]
    [InlineData(0.5f)]
    [InlineData(float.NaN)]
    public void Constructor_refuses_a_class_out_of_range(float label) => OneSentence.Require(
        Assert.Throws<InvalidInputException>(() => new Dataset("d", 2, new float[4], 1, new float[] { 2, label }, 3)).Message,
        "target row 1", FormattableString.Invariant($"{label}"), "0 to 2");

    [Fact]
    public void Constructor_refuses_sizes_that_contradict_each_other()
    {
        Assert.Throws<ArgumentException>(() => new Dataset("d", 4, s_inputs, 1, new float[1]));
        Assert.Throws<ArgumentException>(() => new Dataset("d", 2, s_inputs, 1, new float[2]));
        Assert.Throws<ArgumentException>(() => new Dataset("d", 2, s_inputs, 2, new float[6], 3));
        Assert.Throws<ArgumentException>(() => new Dataset("d", 2, s_inputs, 1, new float[3], 3, ["a"]));
        Assert.Throws<ArgumentException>(() => new Dataset("d", 2, s_inputs, 1, new float[3], inputNames: ["a"]));
        Assert.Throws<ArgumentException>(() => new Dataset("d", 2, s_inputs, 1, new float[3], imageHeight: 2, imageWidth: 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Dataset("d", 0, s_inputs, 1, new float[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Dataset("d", 2, s_inputs, 1, new float[3], imageHeight: -1, imageWidth: -2));
    }

    [Fact]
    public void Pair_refuses_parts_with_different_columns()
    {
        var two = new Dataset("two", 2, s_inputs, 1, new float[3]);
        var three = new Dataset("three", 3, s_inputs, 1, new float[2]);
        Assert.Contains("2 inputs", Assert.Throws<ArgumentException>(() => new DatasetPair(two, three)).Message);
    }
}
