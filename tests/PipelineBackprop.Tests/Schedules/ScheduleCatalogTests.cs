using PipelineBackprop.Schedules;
using Xunit;

namespace PipelineBackprop.Tests.Schedules;

public class ScheduleCatalogTests
{
    [Fact]
    public void Names_are_those_of_the_files() => Assert.Equal(
        ["gpipe", "1f1b", "interleaved-1f1b", "looped-bfs", "zb-h1", "zb-h2", "interleaved-zb", "zb-v", "v-half", "v-min", "pipedream-2bw"],
        ScheduleCatalog.Names);

    [Theory]
    [InlineData("gpipe", "gpipe")]
    [InlineData("1F1B", "1f1b")]
    [InlineData("GPipe", "gpipe")]
    public void Get_ignores_capitals(string name, string expected) => Assert.Equal(expected, ScheduleCatalog.Get(name).Name);

    [Theory]
    [InlineData("gpip", "gpipe")]
    [InlineData("GPIPES", "gpipe")]
    [InlineData("1f1", "1f1b")]
    [InlineData("1b1f", "1f1b")]
    [InlineData("zbv", "zb-v")]
    [InlineData("interleaved", "interleaved-zb")]
    public void Get_of_an_unknown_name_suggests_the_nearest(string name, string suggestion)
    {
        string message = Assert.Throws<InvalidInputException>(() => ScheduleCatalog.Get(name)).Message;
        Assert.Equal($"schedule \"{name}\" is unknown: did you mean \"{suggestion}\", among {string.Join(", ", ScheduleCatalog.Names)}?", message);
    }

    [Fact]
    public void TryGet_of_an_unknown_name_is_false() => Assert.False(ScheduleCatalog.TryGet("zb-w", out _));

    [Fact]
    public void Get_of_a_name_that_is_near_none_lists_them() => Assert.Equal(
        $"schedule \"something else\" is unknown: there are {string.Join(", ", ScheduleCatalog.Names)}.",
        Assert.Throws<InvalidInputException>(() => ScheduleCatalog.Get("something else")).Message);
}
