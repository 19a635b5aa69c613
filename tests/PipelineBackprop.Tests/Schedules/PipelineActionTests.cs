using CsCheck;
using PipelineBackprop.Schedules;
using Xunit;

namespace PipelineBackprop.Tests.Schedules;

public class PipelineActionTests
{
    [Theory]
    [InlineData(2, ActionKind.Forward, 0, "2F0")]
    [InlineData(0, ActionKind.InputGradient, 13, "0B13")]
    [InlineData(11, ActionKind.WeightGradient, 7, "11W7")]
    public void ToString_prints_as_the_field_does(int stage, ActionKind kind, int microBatch, string expected) =>
        Assert.Equal(expected, new PipelineAction(stage, kind, microBatch).ToString());

    [Fact]
    public void Parse_reads_back_what_ToString_writes() =>
        Gen.Select(Gen.Int[0, int.MaxValue], Gen.Enum<ActionKind>(), Gen.Int[0, int.MaxValue]).Sample((stage, kind, microBatch) =>
        {
            var action = new PipelineAction(stage, kind, microBatch);
            Assert.Equal(action, PipelineAction.Parse(action.ToString()));
        });

    [Theory]
    [InlineData("")]
    [InlineData("F")]
    [InlineData("2F")]
    [InlineData("F0")]
    [InlineData("20")]
    [InlineData("2X0")]
    [InlineData("2f0")]
    [InlineData("-2F0")]
    [InlineData("2F-1")]
    [InlineData(" 2F0")]
    [InlineData("2F0 ")]
    [InlineData("2F0F1")]
    [InlineData("2F99999999999")]
    public void Parse_of_anything_else_names_the_text_and_the_right_form(string text)
    {
        Assert.False(PipelineAction.TryParse(text, out _));
        string message = Assert.Throws<InvalidInputException>(() => PipelineAction.Parse(text)).Message;
        Assert.Contains($"\"{text}\"", message, StringComparison.Ordinal);
        Assert.Contains("2F0", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Letter_of_an_unknown_kind_is_a_question_mark() => Assert.Equal('?', ((ActionKind)7).Letter());
}
