using System.Globalization;

namespace PipelineBackprop.Cli.Runs;

/// <summary>Sizes as a person writes them: 512MB, 1.5GiB, 4096.</summary>
internal static class ByteSize
{
    private static readonly (string Unit, double Bytes)[] s_units =
    [
        ("KIB", 1L << 10), ("MIB", 1L << 20), ("GIB", 1L << 30), ("TIB", 1L << 40), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1), ("", 1),
    ];

    /// <summary>The bytes of a size.</summary>
    /// <param name="option">The option it was given to, for the sentence.</param>
    /// <param name="text">The size.</param>
    /// <exception cref="InvalidInputException">It is no size above 0.</exception>
    public static long Parse(string option, string text)
    {
        string upper = text.Trim().ToUpperInvariant();
        (string unit, double bytes) = s_units.First(candidate => upper.EndsWith(candidate.Unit, StringComparison.Ordinal));
        bool isNumber = double.TryParse(upper[..^unit.Length].TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number);
        double total = Math.Floor(number * bytes);
        if (!isNumber || !(total >= 1) || total >= long.MaxValue)
            throw new InvalidInputException($"{option} is {text}, but must be a size above 0 such as 512MB, 1.5GiB or 4096.");
        return (long)total;
    }
}
