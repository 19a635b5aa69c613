using System.Globalization;
using System.Text;

namespace PipelineBackprop.Data;

/// <summary>Reads numbers in the invariant culture.</summary>
internal static class CsvNumber
{
    /// <summary>Whether the UTF-8 text is a finite number, and its value.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    /// <summary>Whether the text is a finite number, and its value.</summary>
    public static bool TryParse(string text, out double value) => TryParse(Encoding.UTF8.GetBytes(text), out value);

    /// <summary>Whether the text is meant as a number, also one that cannot be used, such as NaN or nothing at all.</summary>
    public static bool LooksNumeric(string text) =>
        text.Length == 0 || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
}
