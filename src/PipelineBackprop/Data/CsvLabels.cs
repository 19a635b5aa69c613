using System.Globalization;

namespace PipelineBackprop.Data;

/// <summary>Finds the index of a class from the text in a label cell. A number within ±2^53 is compared by value, so "1" and "1.0" are one class.</summary>
internal sealed class CsvLabels
{
    private readonly IReadOnlyList<string> _names;
    private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);
    private readonly bool _namesAreTexts;

    public CsvLabels(IReadOnlyList<string> names)
    {
        _names = names;
        _namesAreTexts = names.All(name => !CsvNumber.TryParse(name, out _));
        for (int i = 0; i < names.Count; i++)
        {
            if (!_indices.TryAdd(Canonical(names[i]), i))
                throw new InvalidInputException($"The class name {CsvFault.Quote(names[i])} is given twice, but every class needs a name of its own.");
        }
    }

    /// <summary>The names of the classes found, sorted: numbers by value when all are numbers, else texts by code point.</summary>
    public static string[] Sorted(IEnumerable<string> found)
    {
        string[] names = [.. found.Select(Canonical).Distinct(StringComparer.Ordinal)];
        if (names.All(name => CsvNumber.TryParse(name, out _))) names = [.. names.OrderBy(Value).ThenBy(name => name, StringComparer.Ordinal)];
        else Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    /// <summary>The names "0" to "count-1".</summary>
    public static string[] Numbered(int count) => [.. Enumerable.Range(0, count).Select(index => index.ToString(CultureInfo.InvariantCulture))];

    /// <summary>The index of the name, or -1.</summary>
    public int Find(string text) => _indices.GetValueOrDefault(Canonical(text), -1);

    /// <summary>The index of the class; with names that are texts a whole number is taken as the index itself.</summary>
    public int Index(string cell, string source, int line, CsvColumn column)
    {
        if (cell.Length == 0) throw CsvFault.At(source, line, column, $"the label is empty, but one of the {_names.Count} classes is needed ({CsvFault.List(_names)})");
        int index = Find(cell);
        if (index >= 0) return index;
        bool isNumber = CsvNumber.TryParse(cell, out double value);
        if (_namesAreTexts && isNumber && value >= 0 && value < _names.Count && value == Math.Floor(value)) return (int)value;
        if (_namesAreTexts && isNumber)
            throw CsvFault.At(source, line, column, $"label {CsvFault.Quote(cell)} is out of range, but with {_names.Count} classes it must lie in 0..{_names.Count - 1} or be a class name");
        throw CsvFault.At(source, line, column, $"label {CsvFault.Quote(cell)} is not one of the {_names.Count} classes ({CsvFault.List(_names)})");
    }

    // A number in its shortest form (and without the sign of zero), a text as it is; so is a number that others may round to, such as a long identifier.
    private static string Canonical(string text) => CsvNumber.TryParse(text, out double value) && Math.Abs(value) < 1L << 53
        ? (value + 0.0).ToString("R", CultureInfo.InvariantCulture)
        : text;

    private static double Value(string name) => double.Parse(name, NumberStyles.Float, CultureInfo.InvariantCulture);
}
