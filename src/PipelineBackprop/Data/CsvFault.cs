using System.Globalization;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Data;

/// <summary>Writes the one sentence for a fault in a CSV source.</summary>
internal static class CsvFault
{
    private const int MostListed = 8;

    /// <summary>A fault of the whole source.</summary>
    public static InvalidInputException In(string source, FormattableString fault) =>
        new($"{source}: {fault.ToString(CultureInfo.InvariantCulture)}.");

    /// <summary>A fault in a line, counted from 1 with the header.</summary>
    public static InvalidInputException At(string source, int line, FormattableString fault, Exception? inner = null)
    {
        string message = string.Create(CultureInfo.InvariantCulture, $"{source}, line {line}: {fault.ToString(CultureInfo.InvariantCulture)}.");
        return inner is null ? new InvalidInputException(message) : new InvalidInputException(message, inner);
    }

    /// <summary>A fault in a cell.</summary>
    public static InvalidInputException At(string source, int line, CsvColumn column, FormattableString fault) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{source}, line {line}, column {Quote(column.Name)}: {fault.ToString(CultureInfo.InvariantCulture)}."));

    /// <summary>The text in quotes, on one line and not longer than a person wants to read.</summary>
    public static string Quote(string text)
    {
        string line = text.Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal);
        line = OneLine.Of(line);
        return line.Length <= 40 ? $"\"{line}\"" : $"\"{line[..37]}...\"";
    }

    /// <summary>The texts in quotes, the first few of them.</summary>
    public static string List(IReadOnlyCollection<string> texts) => Listed([.. texts.Take(MostListed + 1).Select(Quote)]);

    /// <summary>The texts as they are, the first few of them.</summary>
    public static string Listed(IReadOnlyCollection<string> texts) => string.Join(", ", texts.Take(MostListed)) + (texts.Count > MostListed ? ", …" : "");
}
