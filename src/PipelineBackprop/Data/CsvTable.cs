namespace PipelineBackprop.Data;

/// <summary>
/// A training file held as numbers while its encoding is fitted: a number for a numeric cell, and for a text (category or label) its
/// place in the list of texts that the column has shown so far.
/// </summary>
internal sealed class CsvTable
{
    private readonly CsvLayout _layout;
    private readonly TextColumn?[] _texts;
    private readonly CsvLabels? _givenLabels;
    private readonly bool _isClassification;
    private readonly string _source;
    private readonly string[]? _header;
    private readonly int _fieldCount;
    private string[]? _classes;

    private CsvTable(CsvRows rows, CsvOptions options, CsvLayout layout)
    {
        (_source, _header, _fieldCount) = (rows.Source, rows.Header, rows.FieldCount);
        (_layout, _isClassification) = (layout, options.LabelColumn is not null);
        string[]? names = options.ClassNames?.ToArray();
        if (names is null && options.ClassCount is int classes) names = CsvLabels.Numbered(classes);
        _givenLabels = names is null ? null : new CsvLabels(names);
        _classes = names;
        _texts = new TextColumn?[layout.Inputs.Count + layout.Targets.Count];
        for (int i = 0; i < layout.Inputs.Count; i++)
        {
            int position = layout.Inputs[i].Position;
            bool named = layout.OneHot.Contains(position), text = named || (options.DetectText && !CsvNumber.LooksNumeric(rows.Text(position)));
            if (text) _texts[i] = new TextColumn(layout.Inputs[i], options.MaxCategories, !named);
        }
        if (_isClassification && _givenLabels is null) _texts[^1] = new TextColumn(layout.Targets[0], options.MaxCategories, onlyTexts: false);
    }

    /// <summary>One row of numbers per row of the file: inputs, then targets.</summary>
    public List<double[]> Rows { get; } = [];

    /// <summary>Reads the whole file.</summary>
    public static CsvTable Read(TextReader reader, string source, CsvOptions options)
    {
        using var rows = new CsvRows(reader, source, options.HasHeader, options.Delimiter);
        if (!rows.Read()) throw CsvFault.In(source, $"the file has {(options.HasHeader ? "a header but no rows" : "no rows")}, but at least one row is needed");
        var table = new CsvTable(rows, options, new CsvLayout(options, source, rows.Header, rows.FieldCount));
        do table.Rows.Add(table.ReadRow(rows)); while (rows.Read());
        return table;
    }

    private double[] ReadRow(CsvRows rows)
    {
        double[] row = new double[_texts.Length];
        int inputs = _layout.Inputs.Count;
        for (int i = 0; i < row.Length; i++)
        {
            CsvColumn column = i < inputs ? _layout.Inputs[i] : _layout.Targets[i - inputs];
            if (_texts[i] is { } texts) row[i] = texts.Add(rows);
            else if (i >= inputs && _givenLabels is not null) row[i] = _givenLabels.Index(rows.Text(column.Position), rows.Source, rows.Line, column);
            else row[i] = rows.Number(column);
        }
        return row;
    }

    /// <summary>Fits the encoding: categories and classes on all rows, standardisation on the training rows.</summary>
    public CsvEncoding Fit(ReadOnlySpan<int> train, CsvOptions options)
    {
        var inputs = _layout.Inputs.Select((column, i) => _texts[i] is { } texts ? column with { Categories = texts.Sort() } : column).ToArray();
        if (_isClassification)
        {
            _classes ??= _texts[^1]!.Sort();
            if (_classes.Length < 2)
                throw CsvFault.In(_source, $"the label column {CsvFault.Quote(_layout.Targets[0].Name)} holds only the label {CsvFault.Quote(_classes[0])}, but at least 2 classes are needed");
        }
        var encoding = new CsvEncoding
        {
            HasHeader = _header is not null,
            Delimiter = options.Delimiter,
            FieldCount = _fieldCount,
            Inputs = inputs,
            Targets = [.. _layout.Targets],
            ClassNames = _classes,
        };
        return options.Standardize ? encoding with { Standardizer = FitStandardizer(train, encoding) } : encoding;
    }

    /// <summary>The chosen rows as a data set.</summary>
    public Dataset Encode(ReadOnlySpan<int> chosen, CsvEncoding encoding, string name)
    {
        int width = encoding.InputWidth, targetWidth = encoding.Targets.Count;
        if ((long)chosen.Length * width > Array.MaxLength)
            throw CsvFault.In(_source, $"{chosen.Length} rows of {width} inputs, one for each category, are more than the {Array.MaxLength} numbers that data can hold");
        float[] inputs = new float[chosen.Length * width], targets = new float[chosen.Length * targetWidth];
        double[] expanded = new double[width];
        for (int n = 0; n < chosen.Length; n++)
        {
            double[] row = Rows[chosen[n]];
            Expand(row, encoding, expanded);
            CsvEncoder.Finish(encoding, expanded, inputs.AsSpan(n * width, width));
            for (int t = 0; t < targetWidth; t++)
            {
                int column = encoding.Inputs.Count + t;
                targets[n * targetWidth + t] = (float)(_texts[column]?.Rank(row[column]) ?? row[column]);
            }
        }
        return new Dataset(name, width, inputs, targetWidth, targets, encoding.ClassNames?.Count ?? 0, encoding.ClassNames, encoding.InputNames);
    }

    private Standardizer FitStandardizer(ReadOnlySpan<int> train, CsvEncoding encoding)
    {
        var fit = new StandardizerFit(encoding.InputWidth);
        double[] expanded = new double[encoding.InputWidth];
        foreach (int row in train)
        {
            Expand(Rows[row], encoding, expanded);
            fit.Add(expanded);
        }
        bool[] oneHot = [.. encoding.Inputs.SelectMany(column => Enumerable.Repeat(column.Categories is not null, column.Width))];
        return fit.ToStandardizer(oneHot);
    }

    private void Expand(double[] row, CsvEncoding encoding, Span<double> expanded)
    {
        expanded.Clear();
        for (int i = 0, at = 0; i < encoding.Inputs.Count; at += encoding.Inputs[i++].Width)
        {
            if (_texts[i] is { } texts) expanded[at + texts.Rank(row[i])] = 1;
            else expanded[at] = row[i];
        }
    }

    /// <summary>The texts a column has shown, in order of appearance, and later their places in sorted order. Numbers are texts too where not only texts are meant.</summary>
    private sealed class TextColumn(CsvColumn column, int most, bool onlyTexts)
    {
        private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
        private int[] _ranks = [];
        private int _firstLine;

        public int Add(CsvRows rows)
        {
            string text = rows.Text(column.Position);
            if (_places.TryGetValue(text, out int place)) return place;
            if (text.Length == 0) throw CsvFault.At(rows.Source, rows.Line, column, $"the cell is empty, but a text is needed");
            if (onlyTexts) RequireText(text, rows);
            if (_places.Count == most)
                throw CsvFault.At(rows.Source, rows.Line, column, $"found {CsvFault.Quote(text)} as text number {most + 1}, but at most {most} different ones are allowed (maxCategories), as in a column of categories or labels");
            if (_places.Count == 0) _firstLine = rows.Line;
            _places.Add(text, _places.Count);
            return _places.Count - 1;
        }

        // Numbers with decimal commas, or below a cell such as "NA" or a header that was not to be one, would each become a category of its own.
        private void RequireText(string text, CsvRows rows)
        {
            if (CsvNumber.HasCommas(text))
                throw CsvFault.At(rows.Source, rows.Line, column, $"found {CsvFault.Quote(text)}, but {CsvNumber.WithoutCommas}; name the column for one-hot if its cells are texts");
            if (CsvNumber.TryParse(text, out _))
                throw CsvFault.At(rows.Source, rows.Line, column, $"found the number {CsvFault.Quote(text)} below the text {CsvFault.Quote(_places.First(pair => pair.Value == 0).Key)} of line {_firstLine}, but a column holds numbers or texts; name it for one-hot if all its cells are texts");
        }

        public string[] Sort()
        {
            string[] names = CsvLabels.Sorted(_places.Keys);
            var labels = new CsvLabels(names);
            _ranks = [.. _places.OrderBy(pair => pair.Value).Select(pair => labels.Find(pair.Key))];
            return names;
        }

        public int Rank(double place) => _ranks[(int)place];
    }
}
