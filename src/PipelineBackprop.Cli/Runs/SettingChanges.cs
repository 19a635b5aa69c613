using System.Text.Json.Nodes;
using PipelineBackprop.Configuration;

namespace PipelineBackprop.Cli.Runs;

/// <summary>Says which settings of a run are others than those it had before.</summary>
internal static class SettingChanges
{
    /// <summary>The settings that differ, each as "optimizer.learningRate is 0.1, not 0.05".</summary>
    public static IReadOnlyList<string> Between(RunFile before, RunFile now)
    {
        var changes = new List<string>();
        Compare("", Node(before), Node(now), changes);
        return changes;
    }

    private static JsonNode? Node(RunFile run) => JsonNode.Parse((run.WithFullPaths() with { Schema = null }).ToJson());

    private static void Compare(string path, JsonNode? before, JsonNode? now, List<string> changes)
    {
        if (JsonNode.DeepEquals(before, now)) return;
        if ((before, now) is not (JsonObject first, JsonObject second))
        {
            changes.Add($"{path} is {Text(now)}, not {Text(before)}");
            return;
        }
        foreach (string name in first.Select(pair => pair.Key).Union(second.Select(pair => pair.Key)))
            Compare(path.Length == 0 ? name : $"{path}.{name}", first[name], second[name], changes);
    }

    private static string Text(JsonNode? node) => node?.ToJsonString() ?? "null";
}
