using PipelineBackprop.Benchmarks.Scoreboard;
using Xunit;

namespace PipelineBackprop.Benchmarks.Tests.Scoreboard;

/// <summary>The words after <c>bench</c>: what is taken, and the sentence for what is not.</summary>
public sealed class ScoreboardOptionsTests
{
    private static readonly string[] s_sections = ["products", "steps", "update"], s_ofDevices = ["products", "launches", "steps"];

    [Theory]
    [InlineData("--quick --only steps --only update --out folder")]
    [InlineData("--device cuda:0 --only launches")]
    [InlineData("--only launches --device cuda:0")]
    public void TryParse_WordsThatMakeSense_AreTaken(string words) => Assert.Equal("", Sentence(words));

    [Theory]
    [InlineData("--only", "--only is missing, where products, steps or update would be right.")]
    [InlineData("--only nothing", "--only is 'nothing', where products, steps or update would be right.")]
    [InlineData("--only launches", "--only is 'launches', where products, steps or update would be right.")]
    [InlineData("--device cuda:0 --only update", "--only is 'update', where products, launches or steps would be right with --device.")]
    [InlineData("--only update --device cuda:0", "--only is 'update', where products, launches or steps would be right with --device.")]
    [InlineData("--only --quick", "--only is '--quick', where products, steps or update would be right.")]
    [InlineData("--out", "--out is missing, where a folder would be right.")]
    [InlineData("--out --quick", "--out is '--quick', where a folder would be right.")]
    [InlineData("--device", "--device is missing, where the name of a device such as cuda:0 would be right.")]
    [InlineData("--fast", "'--fast' is no option of bench; there are --quick, --only NAME, --out FOLDER, --device NAME and --help.")]
    public void TryParse_WordsThatMakeNone_AreRefusedInOneSentence(string words, string sentence) => Assert.Equal(sentence, Sentence(words));

    private static string Sentence(string words)
    {
        bool isTaken = ScoreboardOptions.TryParse(words.Split(' '), s_sections, s_ofDevices, out _, out string sentence);
        Assert.Equal(isTaken, sentence.Length == 0);
        return sentence;
    }
}
