using System.Text.Json.Nodes;
using PipelineBackprop.Configuration;
using Xunit;

namespace PipelineBackprop.Tests.Configuration;

public sealed class RunFileSchemaTests
{
    private static readonly string s_config = Path.Combine(RepositoryRoot(), "config");

    public static TheoryData<string> ConfigFiles => [.. Directory.GetFiles(s_config, "*.json").Select(Path.GetFileName).Where(IsRunFile).Select(name => name!)];

    [Fact]
    public void CommittedSchema_EqualsTheGeneratedOne()
    {
        string committed = File.ReadAllText(Path.Combine(s_config, "run.schema.json"));

        Assert.True(committed == RunFileSchema.Generate(), "config/run.schema.json is not up to date: write it anew with `pipelinebackprop config schema > config/run.schema.json`.");
    }

    [Fact]
    public void Generate_EverySetting_IsDescribed()
    {
        JsonNode schema = JsonNode.Parse(RunFileSchema.Generate())!;

        Assert.Equal([], Undescribed(schema, "").Where(path => !path.EndsWith(".kind", StringComparison.Ordinal)));
        Assert.Equal(0, (double?)schema["properties"]!["optimizer"]!["anyOf"]![0]!["properties"]!["learningRate"]!["exclusiveMinimum"]);
        Assert.Equal("1f1b", (string?)schema["properties"]!["pipeline"]!["properties"]!["schedule"]!["default"]);
    }

    [Fact]
    public void Generate_NamesNumbersAndValues_AreThoseTheReaderTakes()
    {
        JsonNode schema = JsonNode.Parse(RunFileSchema.Generate())!, pipeline = schema["properties"]!["pipeline"]!["properties"]!;

        Assert.Equal(["dropout", "layerNormalization"], Strings(schema["properties"]!["model"]!["properties"]!["layers"]!["items"]!["anyOf"]![0]!["enum"]!));
        Assert.Equal(["constant", "cosine", "linear", "oneCycle"], Strings(schema["properties"]!["optimizer"]!["anyOf"]![0]!["properties"]!["schedule"]!["anyOf"]![0]!["enum"]!));
        Assert.Equal("\\.[cC][sS][vV]$", (string?)pipeline["schedule"]!["anyOf"]![1]!["pattern"]);
        Assert.Equal(int.MaxValue, (int?)pipeline["microBatches"]!["maximum"]);
        Assert.Equal(int.MaxValue, (int?)pipeline["boundaries"]!["items"]!["maximum"]);
        Assert.Equal(int.MaxValue, (int?)pipeline["stages"]!["anyOf"]![0]!["maximum"]);
        Assert.Equal(ulong.MaxValue, (ulong?)schema["properties"]!["seed"]!["maximum"]);
        Assert.Equal(["number", "string", "boolean", "null"], Strings(schema["properties"]!["compare"]!["properties"]!["values"]!["items"]!["type"]!));
    }

    [Theory]
    [MemberData(nameof(ConfigFiles))]
    public void CommittedRunFile_IsValidAndPointsToTheSchema(string name)
    {
        RunFile run = RunFile.Load(Path.Combine(s_config, name));

        Assert.Equal("./run.schema.json", run.Schema);
        Assert.Equal(Path.GetFileNameWithoutExtension(name), run.Name);
    }

    private static IEnumerable<string> Strings(JsonNode list) => list.AsArray().Select(item => (string)item!);

    private static bool IsRunFile(string? name) => name is not null && !name.EndsWith(".schema.json", StringComparison.Ordinal)
        && File.ReadAllText(Path.Combine(s_config, name)).Contains("\"model\"", StringComparison.Ordinal);

    private static IEnumerable<string> Undescribed(JsonNode? node, string path)
    {
        if (node is JsonArray list) return list.SelectMany((item, index) => Undescribed(item, $"{path}[{index}]"));
        if (node is not JsonObject schema) return [];
        IEnumerable<string> here = schema["properties"] is JsonObject properties
            ? properties.Where(property => property.Value?["description"] is null).Select(property => $"{path}.{property.Key}")
            : [];
        return here.Concat(schema.SelectMany(member => Undescribed(member.Value, $"{path}.{member.Key}")));
    }

    private static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "PipelineBackprop.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests must run inside the repository.");
    }
}
