using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Xunit;

namespace PipelineBackprop.Tests.Architecture;

/// <summary>Habits of the libraries that a compiler does not check, read off their source.</summary>
public sealed partial class SourceHabitTests
{
    public static TheoryData<string, string> Forbidden() => new()
    {
        { @"\bThread\.Sleep\(", "never sleep to wait" },
        { @"\bDateTime(Offset)?\.(Now|UtcNow)\b", "take a TimeProvider" },
        { @"\bnew Random\(|\bRandom\.Shared\b", "take numbers from PipelineBackprop.Randomness" },
        { @"\.GetAwaiter\(\)\.GetResult\(\)|\bTask\.Wait(All|Any)?\(", "await instead" },
        { @"\bConsole\.", "only the program has a console" },
        { @"catch\s*(\(Exception[^)]*\))?\s*\{\s*\}", "never swallow an exception" },
    };

    [Theory]
    [MemberData(nameof(Forbidden))]
    public void No_library_source_holds_what_the_house_forbids(string pattern, string instead)
    {
        var forbidden = new Regex(pattern, RegexOptions.CultureInvariant);
        string[] sources = Sources();

        Assert.True(sources.Length > 100, $"found only {sources.Length} source files");
        string[] offenders = [.. sources.Where(file => forbidden.IsMatch(Comments().Replace(File.ReadAllText(file), ""))).Select(Path.GetFileName).OfType<string>()];
        Assert.True(offenders.Length == 0, $"{instead}: {string.Join(", ", offenders)}");
    }

    private static string[] Sources()
    {
        string source = Path.Combine(RepositoryRoot(), "src");
        string separator = Path.DirectorySeparatorChar.ToString();
        return
        [
            .. Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
                .Where(file => !file.Contains($"{separator}obj{separator}") && !file.Contains($"{separator}PipelineBackprop.Cli{separator}")),
        ];
    }

    private static string RepositoryRoot([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", ".."));

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comments();
}
