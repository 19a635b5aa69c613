namespace PipelineBackprop.Benchmarks.Scoreboard.Report;

/// <summary>Writes a result as Markdown, JSON and a picture.</summary>
internal static class ResultWriter
{
    /// <summary>Writes the three files, <c>results.*</c> or <c>quick.*</c>, and gives their paths.</summary>
    public static IReadOnlyList<string> Write(Result result, string folder)
    {
        Directory.CreateDirectory(folder);
        string name = result.Depth == Depth.Quick ? "quick" : "results";
        string markdown = Path.Combine(folder, $"{name}.md"), json = Path.Combine(folder, $"{name}.json"), picture = Path.Combine(folder, $"{name}.png");
        File.WriteAllText(json, JsonReport.Of(result));
        Picture.Write(result, picture);
        File.WriteAllText(markdown, MarkdownReport.Of(result, Path.GetFileName(picture)));
        return [markdown, json, picture];
    }
}
