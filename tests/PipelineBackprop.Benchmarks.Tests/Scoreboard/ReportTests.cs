using System.Text.Json;
using PipelineBackprop.Benchmarks.Scoreboard;
using PipelineBackprop.Benchmarks.Scoreboard.Report;
using Xunit;

namespace PipelineBackprop.Benchmarks.Tests.Scoreboard;

/// <summary>What the results files say of rows that are not as usual.</summary>
public sealed class ReportTests
{
    private static readonly Machine s_machine = new("Some | processor", "some-processor", 1, "a system", ".NET", "512 bits", "0.1.0", "2026-11-30 03:00 UTC", "0, 0, 0", "");

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(0.0004, "0.000400 B")]
    [InlineData(-0.026, "-0.0260 B")]
    [InlineData(0.5, "0.500 B")]
    [InlineData(1e-30, "0.000000000000 B")]
    [InlineData(247.4, "247 B")]
    [InlineData(double.NaN, "NaN B")]
    [InlineData(double.PositiveInfinity, "Infinity B")]
    public void Text_OfAnyNumber_HasThreeDigits(double value, string text) => Assert.Equal(text, new Measure(value, "B").Text);

    [Theory]
    [InlineData(0.951, "0.95")]
    [InlineData(0.9492, "0.9492")]
    [InlineData(0.949996, "0.949996")]
    [InlineData(double.NaN, "NaN")]
    public void RatioText_GoalOf095_NeverReadsAsReachedWhereItIsMissed(double ratio, string text) => Assert.Equal(text, Ratio(ratio).RatioText);

    [Fact]
    public void Write_NumbersThatAreNone_AreWrittenWithAllTheOthers()
    {
        Result result = Of(new FakeSection(), Ratio(double.NaN), Ratio(double.PositiveInfinity), Ratio(2));
        DirectoryInfo folder = Directory.CreateTempSubdirectory("pipelinebackprop-");
        try
        {
            IReadOnlyList<string> files = ResultWriter.Write(result, folder.FullName);

            Assert.All(files, file => Assert.True(new FileInfo(file).Length > 0));
            JsonElement rows = Json(result).GetProperty("sections")[0].GetProperty("rows");
            Assert.Equal(["NaN", "Infinity", "2"], rows.EnumerateArray().Select(row => row.GetProperty("ratio").ToString()));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Of_PeerThatIsMissingAndSectionThatIsBroken_AreInTheFirstLine()
    {
        Result result = Of(new FakeSection(), Ratio(2), Ratio(0.5), Ratio(null));
        result.Sections[0].Run.Faults.Add("first line\nsecond line");

        string markdown = MarkdownReport.Of(result, "picture.png");

        Assert.Contains("\n1 of 2 goals reached, 1 not measured; broken: 1 of 1 sections. Written by `./run.sh bench --only fake`;", markdown, StringComparison.Ordinal);
        Assert.Contains("\n- broken: first line second line\n", markdown, StringComparison.Ordinal);
        Assert.Contains("| not measured |\n", markdown, StringComparison.Ordinal);
        Assert.Contains("# How fast: Some | processor, 1 core\n", markdown, StringComparison.Ordinal);
        Assert.Contains("| processor | Some \\| processor, 1 core, ", markdown, StringComparison.Ordinal);
        Assert.Equal("first line\nsecond line", Json(result).GetProperty("sections")[0].GetProperty("faults")[0].GetString());
    }

    [Fact]
    public void Json_OfDetails_HasTheirNumbersUnrounded()
    {
        Result result = Of(new FakeSection(), Ratio(2));
        var table = new DetailTable("Medians", ["what", "time", "speed", "GFLOP/s, and the ratio"]);
        table.Rows.Add(["a|b", Measure.OfSeconds(0.0123456), 123.456, new Compared(98.7654, 1.23456)]);
        result.Sections[0].Run.Details.Add(table);

        JsonElement row = Json(result).GetProperty("sections")[0].GetProperty("details")[0].GetProperty("rows")[0];

        Assert.Equal("a|b", row[0].GetString());
        Assert.Equal((12.3456, "ms"), (row[1].GetProperty("value").GetDouble(), row[1].GetProperty("unit").GetString()));
        Assert.Equal(123.456, row[2].GetDouble());
        Assert.Equal((98.7654, 1.23456), (row[3].GetProperty("value").GetDouble(), row[3].GetProperty("ratio").GetDouble()));
        Assert.Contains("\n| a\\|b | 12.3 ms | 123.5 | 98.8 (1.23) |\n", MarkdownReport.Of(result, "picture.png"), StringComparison.Ordinal);
    }

    private static Row Ratio(double? ratio) => new("a | row", new Measure(1, "B"), ratio is null ? null : new Measure(1, "B"), ratio) { LeastRatio = 0.95 };

    private static Result Of(ISection section, params Row[] rows)
    {
        var run = new SectionRun(Depth.Full, peers: null);
        run.Rows.AddRange(rows);
        var result = new Result(Depth.Full, s_machine, "./run.sh bench --only fake");
        result.Sections.Add(new SectionResult(section, run, TimeSpan.Zero));
        return result;
    }

    private static JsonElement Json(Result result) => JsonDocument.Parse(JsonReport.Of(result)).RootElement;

    private sealed class FakeSection : ISection
    {
        public string Name => "fake";

        public string Title => "A section";

        public Task MeasureAsync(SectionRun run) => Task.CompletedTask;
    }
}
