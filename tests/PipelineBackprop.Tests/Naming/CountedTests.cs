using PipelineBackprop.Naming;
using Xunit;

namespace PipelineBackprop.Tests.Naming;

public sealed class CountedTests
{
    [Theory]
    [InlineData(0, "0 stages")]
    [InlineData(1, "1 stage")]
    [InlineData(2, "2 stages")]
    [InlineData(12345, "12,345 stages")]
    public void Of_ANumber_AgreesWithItsNoun(long count, string text) => Assert.Equal(text, Counted.Of(count, "stage"));

    [Fact]
    public void Of_AnotherEnding_IsUsedInThePlural() =>
        Assert.Equal(("1 micro-batch", "2 micro-batches"), (Counted.Of(1, "micro-batch", "es"), Counted.Of(2, "micro-batch", "es")));
}
