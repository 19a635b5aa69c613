using System.Text.Json;
using Xunit;

namespace PipelineBackprop.Cli.Tests.BadInput;

/// <summary><c>data show|info|get</c> with unknown names, broken catalogues and files that are not what the catalogue says.</summary>
public sealed class BadDataCommands
{
    private const string Hash = "0000000000000000000000000000000000000000000000000000000000000000";

    private static readonly Dictionary<string, BadCase> s_cases = new()
    {
        ["show an unknown kind"] = new(work => ["data", "show", "--kind", "digts", "--out", work.PathOf("sheet.png")], "\"digts\"", "did you mean \"digits\"?"),
        ["show numbers as images"] = new(work => ["data", "show", "--kind", "linear", "--out", work.PathOf("sheet.png")], "no images", "200"),
        ["show no images"] = new(_ => ["data", "show", "--count", "0"], "--count is 0", "1 to 2000"),
        ["show too many images"] = new(_ => ["data", "show", "--count", "2001"], "--count is 2001", "1 to 2000"),
        ["show into a folder instead of a file"] = new(
            work => ["data", "show", "--set", "data.trainCount=2", "--set", "data.testCount=1", "--out", Directory.CreateDirectory(work.PathOf("sheet.png")).FullName], "sheet.png", "cannot be written"),
        ["info of a missing folder"] = new(work => ["data", "info", "--data-dir", work.PathOf("gone"), "--json"], "gone", "no such folder"),
        ["info of a missing run file"] = new(work => ["data", "info", "--run-file", work.PathOf("gone.json")], "gone.json", "does not exist"),
        ["info of a kind and a run file"] = new(_ => ["data", "info", "--kind", "digits", "--run-file", "run.json"], "--kind", "--run-file"),
        ["info of CSV data without a file"] = new(_ => ["data", "info", "--kind", "csv"], "--kind is csv", "--run-file"),
        ["get an unknown data set"] = Get("mnits", Catalogue("mnist"), "catalogue.json", "\"mnits\"", "nearest name is \"mnist\""),
        ["get without a catalogue"] = new(work => ["data", "get", "mnist", "--catalogue", work.PathOf("gone.json"), "--data-dir", work.PathOf("data")], "gone.json", "no such file", "catalogue"),
        ["get with a catalogue that is no JSON"] = Get("mnist", "{ \"datasets\": [\n{ \"name\" ", "catalogue.json, line 2"),
        ["get with a catalogue of something else"] = Get("mnist", "{ \"datasets\": 7 }", "catalogue.json, line 1", "datasets"),
        ["get with an unknown setting in the catalogue"] = Get("mnist", Catalogue("mnist").Replace("sha256", "sha265", StringComparison.Ordinal), "catalogue.json", "sha265"),
        ["get with an empty catalogue"] = Get("mnist", "{ \"datasets\": [] }", "catalogue.json", "\"datasets\" is empty"),
        ["get with a hash too short"] = Get("mnist", Catalogue("mnist", hash: "abc"), "catalogue.json", "\"sha256\"", "\"abc\"", "64"),
        ["get with an address of a file"] = Get("mnist", Catalogue("mnist", url: "file:///etc/hosts"), "catalogue.json", "file:///etc/hosts", "http"),
        ["get with a file outside the folder"] = Get("mnist", Catalogue("mnist", file: "../escape"), "catalogue.json", "../escape", "without folders"),
        ["get with a size of 0"] = Get("mnist", Catalogue("mnist", bytes: 0), "catalogue.json", "0 \"bytes\"", "at least 1"),
        ["get into a file instead of a folder"] = new(
            work => ["data", "get", "mnist", "--catalogue", work.Write("catalogue.json", Catalogue("mnist")), "--data-dir", work.Write("data", "")], "data", "cannot be made", "it is a file"),
    };

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Data_BadArguments_AreRefusedInOneSentence(string name) => s_cases[name].ProveAsync();

    [Fact]
    public async Task DataGet_OtherHashThanTheCatalogue_IsRefusedAndThrownAway()
    {
        await using var server = new LoopbackServer("these are not the images"u8.ToArray());
        await new BadCase(
            work =>
            {
                Directory.CreateDirectory(work.PathOf("data"));
                return ["data", "get", "mnist", "--catalogue", work.Write("catalogue.json", Catalogue("mnist", url: server.Address)), "--data-dir", work.PathOf("data")];
            },
            "images.gz", "SHA-256", Hash, "thrown away").ProveAsync();
    }

    [Fact]
    public async Task DataGet_OtherSizeThanTheCatalogue_LeavesNoFileBehind()
    {
        await using var server = new LoopbackServer("these are not the images"u8.ToArray());
        using var work = new Sandbox();
        string catalogue = work.Write("catalogue.json", Catalogue("mnist", url: server.Address, bytes: 7));
        CliRun outcome = await BadCase.RunAsync("", "data", "get", "mnist", "--catalogue", catalogue, "--data-dir", work.PathOf("data"));
        Assert.NotEqual(0, outcome.Code);
        Assert.Contains("24 bytes", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("expects 7", outcome.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(work.PathOf("data/images.gz")));
    }

    private static BadCase Get(string name, string catalogue, params string[] says) => new(
        work => ["data", "get", name, "--catalogue", work.Write("catalogue.json", catalogue), "--data-dir", work.PathOf("data")], says);

    private static string Catalogue(string name, string url = "http://127.0.0.1:9/images.gz", string hash = Hash, string file = "images.gz", long? bytes = null) =>
        JsonSerializer.Serialize(new { datasets = new[] { new { name, title = "", licence = "", files = new[] { new { name = file, urls = new[] { url }, sha256 = hash, bytes } } } } });
}
