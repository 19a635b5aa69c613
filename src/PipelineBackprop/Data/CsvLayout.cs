using System.Globalization;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Data;

/// <summary>Which column of a CSV file plays which part, resolved from the options and the header.</summary>
internal sealed class CsvLayout
{
    private readonly string _source;
    private readonly string[]? _header;
    private readonly int _fieldCount;
    private readonly string _delimiter;
    private readonly Dictionary<int, string> _taken = [];

    public CsvLayout(CsvOptions options, string source, string[]? header, int fieldCount)
    {
        (_source, _header, _fieldCount, _delimiter) = (source, header, fieldCount, options.Delimiter);
        RequireDistinctHeader();
        foreach (string name in options.IgnoreColumns) Take(name, "the ignored columns");
        Targets = options.LabelColumn is string label
            ? [Take(label, "the label")]
            : [.. options.TargetColumns.Select(name => Take(name, "the targets"))];
        var unused = Enumerable.Range(0, fieldCount).Where(position => !_taken.ContainsKey(position)).ToArray();
        OneHot = options.OneHotColumns.Select(name => Take(name, "the one-hot columns").Position).ToHashSet();
        Inputs = [.. unused.Select(Column)];
        if (Inputs.Count == 0)
            throw CsvFault.In(source, $"all {fieldCount} columns are targets or ignored, but at least one input column is needed{DelimiterOfOne}");
    }

    /// <summary>The input columns in file order, still without categories.</summary>
    public IReadOnlyList<CsvColumn> Inputs { get; }

    /// <summary>The label column or the target columns.</summary>
    public IReadOnlyList<CsvColumn> Targets { get; }

    /// <summary>The positions of the input columns that the options name as one-hot.</summary>
    public IReadOnlySet<int> OneHot { get; }

    // A single column is mostly a row that was not cut.
    private string DelimiterOfOne => _fieldCount == 1 ? $" (delimiter {CsvFault.Quote(_delimiter)})" : "";

    private CsvColumn Column(int position) => new(
        _header is { } names && names[position].Length > 0 ? names[position] : string.Create(CultureInfo.InvariantCulture, $"column {position}"), position);

    private CsvColumn Take(string name, string part)
    {
        CsvColumn column = Column(Find(name, part));
        if (!_taken.TryAdd(column.Position, part))
            throw CsvFault.In(_source, $"column {CsvFault.Quote(column.Name)} is named for {_taken[column.Position]} and for {part}, but can play only one part");
        return column;
    }

    private int Find(string name, string part)
    {
        int position = _header is null ? -1 : Array.IndexOf(_header, name);
        if (position >= 0) return position;
        if (int.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int index))
        {
            if (index >= -_fieldCount && index < _fieldCount) return index < 0 ? index + _fieldCount : index;
            throw CsvFault.In(_source, $"{part} cannot be column {index}: positions run from 0 to {_fieldCount - 1} (or from -{_fieldCount} to -1)");
        }
        if (_header is null)
            throw CsvFault.In(_source, $"{part} cannot be column {CsvFault.Quote(name)}: without a header only positions from 0 to {_fieldCount - 1} can be named");
        string hint = NearestName.Of(name, _header) is string near ? $"the nearest name is {CsvFault.Quote(near)}" : $"its {_fieldCount} columns are {CsvFault.List(_header)}{DelimiterOfOne}";
        throw CsvFault.In(_source, $"there is no column {CsvFault.Quote(name)} for {part}, {hint}");
    }

    private void RequireDistinctHeader()
    {
        if (_header is null) return;
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < _header.Length; i++)
        {
            string name = Column(i).Name;
            if (!seen.TryAdd(name, i))
                throw CsvFault.At(_source, 1, $"columns {seen[name]} and {i} are both named {CsvFault.Quote(name)}, but names must differ");
        }
    }
}
