namespace PipelineBackprop.Benchmarks.Scoreboard;

/// <summary>The words after <c>./run.sh bench</c>.</summary>
/// <param name="IsQuick">Under a minute instead of a few.</param>
/// <param name="Only">Names of the sections to measure; empty for all.</param>
/// <param name="Folder">Where the results go; null for perf/results/MACHINE, or nowhere with <paramref name="Only"/>.</param>
/// <param name="Device">The device whose table is measured instead of the processor's; null for the processor.</param>
/// <param name="IsHelp">Only say what the words are.</param>
internal sealed record ScoreboardOptions(bool IsQuick, IReadOnlyList<string> Only, string? Folder, string? Device, bool IsHelp)
{
    /// <summary>The command that measures the same again, wherever its results go.</summary>
    public string Command =>
        $"./run.sh bench{(IsQuick ? " --quick" : "")}{string.Concat(Only.Select(name => $" --only {name}"))}{(Device is null ? "" : $" --device {Device}")}";

    public const string Help = """
        ./run.sh bench [--quick] [--only NAME]… [--out FOLDER] [--device NAME]

          --quick        under a minute: fewer sizes, shorter samples; written to quick.* instead of results.*
          --only NAME    this section alone, may be given several times; printed, and written only with --out
          --out FOLDER   write there instead of perf/results/MACHINE
          --device NAME  the table of a GPU, such as cuda:0: products, launches and copies, training steps; sections products, launches, steps

        """;

    /// <summary>Reads the words; the sentence says what is wrong with them.</summary>
    /// <param name="arguments">The words.</param>
    /// <param name="sections">Names of the sections of the processor's table.</param>
    /// <param name="sectionsOfDevices">Names of those of a device's.</param>
    /// <param name="options">What they say.</param>
    /// <param name="sentence">Empty where nothing is wrong.</param>
    public static bool TryParse(
        string[] arguments, IReadOnlyCollection<string> sections, IReadOnlyCollection<string> sectionsOfDevices, out ScoreboardOptions options, out string sentence)
    {
        options = new ScoreboardOptions(IsQuick: false, [], Folder: null, Device: null, IsHelp: false);
        sentence = "";
        for (int i = 0; i < arguments.Length; i++)
        {
            string word = arguments[i];
            string? value = i + 1 < arguments.Length ? arguments[i + 1] : null;
            switch (word)
            {
                case "--quick": options = options with { IsQuick = true }; break;
                case "--help" or "-h": options = options with { IsHelp = true }; break;
                case "--only": options = options with { Only = [.. options.Only, value ?? ""] }; i++; break;
                case "--out" when value is { Length: > 0 } && !value.StartsWith('-') && !File.Exists(value): options = options with { Folder = value }; i++; break;
                case "--out": sentence = $"--out is {Shown(value)}, where a folder would be right."; return false;
                case "--device" when value is { Length: > 0 } && !value.StartsWith('-'): options = options with { Device = value }; i++; break;
                case "--device": sentence = $"--device is {Shown(value)}, where the name of a device such as cuda:0 would be right."; return false;
                default: sentence = $"'{word}' is no option of bench; there are --quick, --only NAME, --out FOLDER, --device NAME and --help."; return false;
            }
        }
        if (options.Device is not null) sections = sectionsOfDevices;
        if (options.Only.FirstOrDefault(name => !sections.Contains(name)) is not { } strange) return true;
        sentence = $"--only is {Shown(strange)}, where {string.Join(", ", sections.SkipLast(1))} or {sections.Last()} would be right{(options.Device is null ? "" : " with --device")}.";
        return false;
    }

    private static string Shown(string? value) => string.IsNullOrEmpty(value) ? "missing" : $"'{value}'";
}
