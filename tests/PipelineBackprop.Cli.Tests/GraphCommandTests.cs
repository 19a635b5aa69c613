using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Xunit;

namespace PipelineBackprop.Cli.Tests;

public sealed class GraphCommandTests : TemporaryFolder
{
    [Fact]
    public async Task Graph_NoFile_WritesTheSvgToTheOutput()
    {
        CliRun run = await CliRun.OfAsync("graph", RunFile);

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        XElement svg = XElement.Parse(run.Output);
        Assert.Equal("small: minibatches of 32 in 2 micro-batches", svg.Elements().First(element => element.Name.LocalName == "title").Value);
        Assert.Contains("stage 1 on cpu: 1 layer, parameters 680 B, keeps 1 KiB of a micro-batch", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chapter.svg")]
    [InlineData("chapter-backward.svg", "--backward")]
    public async Task The_pictures_of_the_readme_are_what_the_program_draws(string picture, params string[] options)
    {
        string config = Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "config");

        CliRun run = await CliRun.OfAsync(["graph", Path.Combine(config, "chapter.json"), .. options]);

        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(config, "pictures", picture), TestContext.Current.CancellationToken), run.Output);
    }

    [Fact]
    public async Task Graph_MinibatchLargerThanTheData_IsOfAllExamples()
    {
        CliRun run = await CliRun.OfAsync("graph", RunFile, "--set", "training.batchSize=1000");

        Assert.Contains("small: minibatches of 200 in 2 micro-batches", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("g.svg", "<svg ")]
    [InlineData("g.dot", "digraph computation {")]
    [InlineData("deep/er/g.MMD", "---\ntitle: ")]
    public async Task Graph_File_IsWrittenInTheFormatOfItsName(string name, string start)
    {
        CliRun run = await CliRun.OfAsync("graph", RunFile, "--backward", "--stages", "1", "--out", At(name));

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        Assert.Equal($"Wrote the graph of small, 31 nodes and 35 edges to {At(name)}.\n", run.Output);
        Assert.StartsWith(start, await File.ReadAllTextAsync(At(name), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Graph_UnknownFormat_OneSentence()
    {
        CliRun run = await CliRun.OfAsync("graph", RunFile, "--out", "g.png");

        Assert.Equal(new CliRun(ExitCode.BadInput, "", "--out is g.png, but its name must end in one of .svg, .dot, .mmd.\n"), run);
    }

    [Fact]
    public async Task Graph_TooManyStages_OneSentence()
    {
        CliRun run = await CliRun.OfAsync("graph", RunFile, "--stages", "3");

        Assert.Equal(new CliRun(ExitCode.BadInput, "", "--set pipeline.stages=3: 'pipeline.stages' is 3, but the network has 2 layers and every stage needs at least one.\n"), run);
    }

    [Fact]
    public async Task Graph_FileThatCannotBeWritten_OneSentence()
    {
        CliRun run = await CliRun.OfAsync("graph", RunFile, "--out", Path.Combine(RunFile, "g.svg"));

        Assert.Equal((ExitCode.BadInput, ""), (run.Code, run.Output));
        Assert.StartsWith($"The graph cannot be written to {Path.Combine(RunFile, "g.svg")}: ", run.Error, StringComparison.Ordinal);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
