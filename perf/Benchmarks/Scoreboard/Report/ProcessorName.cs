using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace PipelineBackprop.Benchmarks.Scoreboard.Report;

/// <summary>What the processor is called.</summary>
internal static class ProcessorName
{
    /// <summary>The model name with its generation where a virtual machine's name leaves it out, such as <c>AMD EPYC (Zen 4)</c>.</summary>
    public static string Read()
    {
        const string Info = "/proc/cpuinfo";
        if (!File.Exists(Info)) return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? $"{RuntimeInformation.OSArchitecture} processor";
        Dictionary<string, string> first = [];
        foreach (string line in File.ReadLines(Info).TakeWhile(line => line.Length > 0))
        {
            int colon = line.IndexOf(':');
            if (colon > 0) first[line[..colon].Trim()] = line[(colon + 1)..].Trim();
        }
        string name = first.GetValueOrDefault("model name", $"{RuntimeInformation.OSArchitecture} processor");
        return name.StartsWith("AMD", StringComparison.Ordinal) && Zen(Number("cpu family"), Number("model")) is { } generation ? $"{name} (Zen {generation})" : name;

        int Number(string key) => int.TryParse(first.GetValueOrDefault(key), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1;
    }

    /// <summary>Small letters, digits and hyphens, such as <c>amd-epyc-zen4-2-cores</c>.</summary>
    public static string ToFolder(string processor, int cores)
    {
        string plain = processor.Replace("(R)", "").Replace("(TM)", "").Replace("(Zen ", "zen").Split('@')[0];
        var name = new StringBuilder();
        foreach (char letter in plain.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(letter)) name.Append(letter);
            else if (name.Length > 0 && name[^1] != '-') name.Append('-');
        }
        return $"{name.ToString().Trim('-')}-{cores}-core{(cores == 1 ? "" : "s")}";
    }

    // Family and model numbers as in Linux, arch/x86/kernel/cpu/amd.c.
    private static int? Zen(int family, int model) => (family, model) switch
    {
        (0x17, < 0x30) => 1,
        (0x17, _) => 2,
        (0x19, (>= 0x10 and <= 0x1F) or (>= 0x60 and <= 0xAF)) => 4,
        (0x19, _) => 3,
        (0x1A, _) => 5,
        _ => null,
    };
}
