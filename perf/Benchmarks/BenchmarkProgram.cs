using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace PipelineBackprop.Benchmarks;

/// <summary>
/// <c>[--quick] [filter …] [BenchmarkDotNet options]</c>, or <c>--smoke</c>. A filter is a part of a benchmark's name or a pattern with *; without one
/// everything runs.
/// </summary>
internal static class BenchmarkProgram
{
    private const int Done = 0, Failed = 1;
    private static readonly string[] s_ownSelection = ["--filter", "-f", "--allCategories", "--anyCategories", "--attribute"];
    private static readonly string[] s_questions = ["--help", "--version", "--info", "--list"];

    /// <summary>Runs what the arguments ask for; 0 when everything ran, 1 otherwise.</summary>
    public static int Run(string[] args)
    {
        if (args.Contains("--smoke")) return args.Length == 1 ? Smoke.Run() : Refuse("--smoke takes no other argument; it always runs everything once.");
        string[] translated = Translate(args);
        IReadOnlyList<Summary> summaries = [.. BenchmarkSwitcher.FromAssembly(typeof(BenchmarkProgram).Assembly).Run(translated, BenchmarkSettings.Create())];
        if (translated.Any(IsQuestion)) return Done;
        bool succeeded = summaries.Count > 0 && summaries.All(summary => !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success));
        return succeeded ? Done : Failed;
    }

    /// <summary>The arguments in BenchmarkDotNet's own words.</summary>
    internal static string[] Translate(string[] args)
    {
        string[] rest = [.. args.Where(arg => arg != "--quick")];
        string[] names = [.. rest.TakeWhile(arg => !arg.StartsWith('-'))];
        List<string> translated = [.. rest.Skip(names.Length)];
        if (args.Contains("--quick")) translated.AddRange(["--job", "short"]);
        if (names.Length > 0) translated.AddRange(["--filter", .. names.Select(Pattern)]);
        else if (!translated.Any(arg => s_ownSelection.Contains(arg) || IsQuestion(arg))) translated.AddRange(["--filter", "*"]);
        return [.. translated];
    }

    private static string Pattern(string name) => name.Contains('*') ? name : $"*{name}*";

    private static bool IsQuestion(string arg) => s_questions.Contains(arg);

    private static int Refuse(string sentence)
    {
        Console.Error.WriteLine(sentence);
        return Failed;
    }
}
