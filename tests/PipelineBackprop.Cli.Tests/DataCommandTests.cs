using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using PipelineBackprop.Cli.Pictures;
using SkiaSharp;
using Xunit;

namespace PipelineBackprop.Cli.Tests;

public sealed class DataCommandTests : TemporaryFolder
{
    [Fact]
    public async Task Info_Digits_PrintsCountsShapesAndBalance()
    {
        CliRun run = await CliRun.OfAsync("data", "info", "--kind", "digits", "--set", "data.trainCount=30", "--set", "data.testCount=20");

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        Assert.Contains("784 (28×28)", run.Output, StringComparison.Ordinal);
        Assert.Equal(10, run.Lines.Count(line => line.Contains("10.00 %", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Info_Tables_GiveTheNumbersOfEachPart()
    {
        CliRun digits = await CliRun.OfAsync("data", "info", "--kind", "digits", "--set", "data.trainCount=30", "--set", "data.testCount=15"), linear = await CliRun.OfAsync("data", "info", "--run-file", LinearFile);

        Assert.Equal(["test", "15", "784 (28×28)", "10"], Cells(digits, "test"));
        Assert.Equal(["train", "8", "3", "1"], Cells(linear, "train"));
        string[][] classes = [.. Enumerable.Range(0, 10).Select(digit => Cells(digits, $"{digit}"))];
        Assert.Equal(15, classes.Sum(cells => int.Parse(cells[3], CultureInfo.InvariantCulture)));
        Assert.All(classes, cells => Assert.Equal(cells[3] == "1" ? "6.67 %" : "13.33 %", cells[4]));

        static string[] Cells(CliRun run, string name) => run.Lines.Select(line => line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).First(cells => cells is [var first, ..] && first == name);
    }

    [Fact]
    public async Task Info_JsonOfImages_HoldsTheirSizeAndTheCountOfEachClass()
    {
        CliRun run = await CliRun.OfAsync("data", "info", "--kind", "digits", "--set", "data.trainCount=30", "--set", "data.testCount=20", "--json");

        Assert.All(run.Json, part => Assert.Equal((28, 28, 10), (part.GetProperty("imageHeight").GetInt32(), part.GetProperty("imageWidth").GetInt32(), part.GetProperty("classes").GetInt32())));
        Assert.Equal(Enumerable.Repeat(2, 10), run.Json[1].GetProperty("classCounts").EnumerateArray().Select(count => count.GetInt32()));
    }

    [Fact]
    public async Task Info_Json_OneObjectAPart()
    {
        CliRun run = await CliRun.OfAsync("data", "info", "--run-file", LinearFile, "--json");

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Equal(["train", "test"], run.Json.Select(part => part.GetProperty("part").GetString()));
        Assert.Equal([8, 4], run.Json.Select(part => part.GetProperty("examples").GetInt32()));
        Assert.False(run.Json[0].TryGetProperty("classCounts", out _));
    }

    [Fact]
    public async Task Show_Digits_WritesAPicture()
    {
        string path = At("pictures", "sheet.png");

        CliRun run = await CliRun.OfAsync("data", "show", "--kind", "digits", "--out", path, "--count", "12", "--set", "data.trainCount=20", "--set", "data.testCount=10");

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        using SKBitmap picture = SKBitmap.Decode(path);
        // 12 images of 56 pixels in five columns and three rows.
        Assert.Equal((2 * 12 + 5 * 64 - 8, 2 * 12 + 3 * 80 - 8), (picture.Width, picture.Height));
        Assert.True(picture.Pixels.Count(pixel => pixel.Red < 100) > 500, "ink is expected");
    }

    [Fact]
    public async Task Show_Test_ShowsTheTestPart()
    {
        CliRun run = await CliRun.OfAsync("data", "show", "--kind", "digits", "--test", "--out", At("x.png"), "--set", "data.trainCount=20", "--set", "data.testCount=10");

        Assert.Equal(new CliRun(ExitCode.Done, $"Wrote 10 images of drawn digits, test part to {At("x.png")}.\n", ""), run);
    }

    [Fact]
    public void PictureFont_HasTheLettersOfLabelsAndAxes()
    {
        Assert.True(PictureFont.Typeface.ContainsGlyphs("ABCxyz 0123456789 -+.,%/()[]=λÄé"));
    }

    [Theory]
    [InlineData("--kind linear", "synthetic regression, training part has no images to show: its rows are 200 plain numbers.")]
    [InlineData("--kind digits --count 0", "--count is 0, but must be from 1 to 2000.")]
    [InlineData("--kind digts", "'data.kind' is \"digts\", but must be one of digits, idx, csv, linear (did you mean \"digits\"?).")]
    [InlineData("--kind digits --run-file x.json", "Give either --kind or --run-file, not both.")]
    public async Task Show_CannotBeShown_OneSentence(string arguments, string sentence)
    {
        CliRun run = await CliRun.OfAsync(["data", "show", "--out", At("x.png"), .. arguments.Split(' ')]);

        Assert.Equal((ExitCode.BadInput, ""), (run.Code, run.Output));
        Assert.EndsWith(sentence + "\n", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(At("x.png")));
    }

    [Fact]
    public async Task Get_DownloadsAndChecks_ThenLeavesAlone()
    {
        byte[] content = RandomNumberGenerator.GetBytes(5000);
        string catalogue = Catalogue(Convert.ToHexStringLower(SHA256.HashData(content)));

        CliRun first = await GetAsync(content, catalogue), second = await GetAsync(content, catalogue);

        Assert.Equal(new CliRun(ExitCode.Done, $"{At("got", "a.bin")}: downloaded, 5,000 bytes, SHA-256 checked.\n", ""), first);
        Assert.Equal(new CliRun(ExitCode.Done, $"{At("got", "a.bin")}: already there, 5,000 bytes, SHA-256 checked.\n", ""), second);
        Assert.Equal(content, await File.ReadAllBytesAsync(At("got", "a.bin"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Get_WrongHash_IsRefused()
    {
        CliRun run = await GetAsync([1, 2, 3], Catalogue(new string('0', 64)));

        Assert.Equal((ExitCode.BadInput, ""), (run.Code, run.Output));
        Assert.Contains("but the catalogue expects 0000", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(At("got", "a.bin")));
    }

    [Fact]
    public async Task Get_WithoutAHashInTheCatalogue_PrintsTheHashOfTheFile()
    {
        CliRun run = await GetAsync([1, 2, 3], Catalogue(null));

        Assert.Equal(new CliRun(ExitCode.Done, $"{At("got", "a.bin")}: downloaded, 3 bytes, SHA-256 {Convert.ToHexStringLower(SHA256.HashData([1, 2, 3]))}, not in the catalogue.\n", ""), run);
    }

    [Fact]
    public async Task Get_ServerThatRefuses_FailsWithCodeOne()
    {
        CliRun run = await GetAsync([], Catalogue(null), HttpStatusCode.NotFound);

        Assert.Equal(
            new CliRun(ExitCode.Failed, "", "pipelinebackprop failed: a.bin: http://example.invalid/a.bin could not be downloaded (the server answered 404 Not Found) before any of it arrived.\n"), run);
    }

    private string Catalogue(string? sha256) => Write("catalogue.json", JsonSerializer.Serialize(new
    {
        datasets = new[] { new { name = "tiny", title = "Tiny", licence = "none", files = new[] { new { name = "a.bin", urls = new[] { "http://example.invalid/a.bin" }, sha256 } } } },
    }));

    private async Task<CliRun> GetAsync(byte[] content, string catalogue, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var interruption = new Interruption();
        using var handler = new Answer(content, status);
        return await CliRun.WithAsync(
            interruption, new StringWriter(CultureInfo.InvariantCulture), "", () => new HttpClient(handler, disposeHandler: false), "data", "get", "tiny", "--catalogue", catalogue, "--data-dir", At("got"));
    }

    private sealed class Answer(byte[] content, HttpStatusCode status) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(status) { Content = new ByteArrayContent(content), RequestMessage = request });
    }
}
