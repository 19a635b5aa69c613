using PipelineBackprop.Naming;

namespace PipelineBackprop.Data;

/// <summary>Reads rows with an encoding that was fitted before.</summary>
internal sealed class CsvEncoder
{
    private readonly CsvEncoding _encoding;
    private readonly CsvLabels?[] _categories;
    private readonly CsvLabels? _classes;
    private readonly int _inputWidth;

    public CsvEncoder(CsvEncoding encoding)
    {
        _encoding = encoding;
        _inputWidth = encoding.InputWidth;
        _categories = [.. encoding.Inputs.Select(column => column.Categories is null ? null : new CsvLabels(column.Categories))];
        _classes = encoding.ClassNames is null ? null : new CsvLabels(encoding.ClassNames);
    }

    /// <summary>Reads all rows of a source; without targets these columns may be missing.</summary>
    public (int Count, float[] Inputs, float[] Targets) Encode(TextReader reader, string source, bool withTargets)
    {
        using var rows = new CsvRows(reader, source, _encoding.HasHeader, _encoding.Delimiter);
        CsvColumn[] inputColumns = [], targetColumns = [];
        var inputs = new List<float>();
        var targets = new List<float>();
        double[] expanded = new double[_inputWidth];
        float[] finished = new float[_inputWidth];
        int count = 0;
        for (; rows.Read(); count++)
        {
            if (count == 0)
            {
                inputColumns = [.. _encoding.Inputs.Select(column => Locate(column, rows, withTargets))];
                targetColumns = withTargets ? [.. _encoding.Targets.Select(column => Locate(column, rows, withTargets))] : [];
            }
            Expand(rows, inputColumns, expanded);
            Finish(_encoding, expanded, finished);
            int infinite = Array.FindIndex(finished, value => !float.IsFinite(value));
            if (infinite >= 0)
                throw CsvFault.At(source, rows.Line, $"input {CsvFault.Quote(_encoding.InputNames[infinite])} is {expanded[infinite]}, which is beyond float32 once it is standardised by the mean and deviation of the training data");
            inputs.AddRange(finished);
            foreach (CsvColumn column in targetColumns)
                targets.Add(_classes is null ? (float)rows.Number(column) : _classes.Index(rows.Text(column.Position), source, rows.Line, column));
        }
        return (count, [.. inputs], [.. targets]);
    }

    /// <summary>Standardises an expanded row, or passes it through.</summary>
    public static void Finish(CsvEncoding encoding, ReadOnlySpan<double> expanded, Span<float> destination)
    {
        if (encoding.Standardizer is { } standardizer)
        {
            standardizer.Apply(expanded, destination);
            return;
        }
        for (int i = 0; i < expanded.Length; i++) destination[i] = (float)expanded[i];
    }

    private void Expand(CsvRows rows, CsvColumn[] columns, Span<double> expanded)
    {
        expanded.Clear();
        for (int i = 0, at = 0; i < columns.Length; at += columns[i++].Width)
        {
            if (_categories[i] is not { } categories)
            {
                expanded[at] = rows.Number(columns[i]);
                continue;
            }
            string text = rows.Text(columns[i].Position);
            int category = categories.Find(text);
            if (category < 0)
                throw CsvFault.At(rows.Source, rows.Line, columns[i], $"the category {CsvFault.Quote(text)} is not one of the {columns[i].Width} in the training data ({CsvFault.List(columns[i].Categories!)})");
            expanded[at + category] = 1;
        }
    }

    // By name where names are known, else by position; rows to predict may leave the target columns out.
    private CsvColumn Locate(CsvColumn column, CsvRows rows, bool withTargets)
    {
        if (rows.Header is { } header)
        {
            int position = Array.IndexOf(header, column.Name);
            int second = position < 0 ? -1 : Array.IndexOf(header, column.Name, position + 1);
            if (second >= 0)
                throw CsvFault.At(rows.Source, 1, $"columns {position} and {second} are both named {CsvFault.Quote(column.Name)}, but names must differ");
            if (position < 0 && column.Position < header.Length && header[column.Position].Length == 0) position = column.Position;
            return position >= 0 ? column with { Position = position } : throw Missing(column, rows.Source, header);
        }
        if (rows.FieldCount == _encoding.FieldCount) return column;
        int withoutTargets = _encoding.FieldCount - _encoding.Targets.Count;
        if (!withTargets && rows.FieldCount == withoutTargets)
            return column with { Position = column.Position - _encoding.Targets.Count(target => target.Position < column.Position) };
        throw CsvFault.At(rows.Source, rows.Line, $"the row has {rows.FieldCount} cells, but the training data had {_encoding.FieldCount}{(withTargets || _encoding.Targets.Count == 0 ? "" : $" ({withoutTargets} without the targets)")}");
    }

    private static InvalidInputException Missing(CsvColumn column, string source, string[] header)
    {
        string hint = NearestName.Of(column.Name, header) is string near ? $"the nearest name is {CsvFault.Quote(near)}" : $"its {header.Length} columns are {CsvFault.List(header)}";
        return CsvFault.At(source, 1, $"there is no column {CsvFault.Quote(column.Name)} as in the training data, {hint}");
    }
}
