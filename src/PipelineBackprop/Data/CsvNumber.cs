using System.Globalization;
using System.Text;

namespace PipelineBackprop.Data;

/// <summary>Reads numbers in the invariant culture.</summary>
internal static class CsvNumber
{
    /// <summary>What a number must be that has commas, in words.</summary>
    public const string WithoutCommas = "a number has a point before its decimals and no commas";

    /// <summary>Whether the UTF-8 text is a finite number, and its value.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    /// <summary>Whether the text is a finite number, and its value.</summary>
    public static bool TryParse(string text, out double value) => TryParse(Encoding.UTF8.GetBytes(text), out value);

    /// <summary>Whether the text is meant as a number, also one that cannot be used, such as NaN or nothing at all.</summary>
    public static bool LooksNumeric(string text) =>
        text.Length == 0 || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    /// <summary>Whether the text is a number written with commas, such as 0,5 or 1.234,5 or 1,234.5.</summary>
    public static bool HasCommas(string text) =>
        text.Contains(',', StringComparison.Ordinal) && TryParse(text.Replace(",", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal), out _);
}
