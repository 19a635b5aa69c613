using CsvHelper;

namespace PipelineBackprop.Data;

/// <summary>The rows of one CSV source, read one after the other. Blank lines are skipped, ragged rows refused.</summary>
internal sealed class CsvRows : IDisposable
{
    // Bounds the memory that a quote which is never closed can take in a large file.
    private const int MostBytesInRow = 1 << 24;

    private readonly CsvReader _reader;
    private readonly string _delimiter;

    public CsvRows(TextReader reader, string source, bool hasHeader, string delimiter)
    {
        (Source, _delimiter) = (source, delimiter);
        _reader = CsvReader.Create(
            reader,
            new CsvReaderOptions
            {
                Separator = delimiter[0],
                HasHeader = false,
                TrimWhitespace = true,
                WhitespaceCharacters = delimiter == "\t" ? " " : " \t",
                MalformedData = CsvMalformedDataHandling.Throw,
                MaxRecordSize = MostBytesInRow,
                TrackLineNumbers = true,
            },
            leaveOpen: true);
        if (!hasHeader) return;
        if (!Read()) throw CsvFault.In(source, $"the file is empty, but a header line and rows are needed");
        Header = [.. Enumerable.Range(0, FieldCount).Select(Text)];
    }

    /// <summary>What errors call the source: the file's path.</summary>
    public string Source { get; }

    /// <summary>The names in line 1, or null without a header.</summary>
    public string[]? Header { get; }

    /// <summary>Cells in every row: as many as the header has, or else the first row; 0 before that.</summary>
    public int FieldCount { get; private set; }

    /// <summary>The line on which the current row begins, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>Moves to the next row that is not blank; false at the end.</summary>
    /// <exception cref="InvalidInputException">A row with more or fewer cells than the others, or with broken quoting.</exception>
    public bool Read()
    {
        do
        {
            try
            {
                if (!_reader.Read()) return false;
            }
            catch (CsvFormatException fault)
            {
                throw CsvFault.At(Source, (int)fault.LineNumber, $"the quoting is broken (a quote is not closed, or text follows a closing quote), but a cell must be quoted as a whole or not at all", fault);
            }
        }
        while (_reader.FieldCount == 1 && FieldCount > 1 && Cell(0).IsEmpty);
        Line = (int)_reader.LineNumber;
        if (FieldCount == 0) FieldCount = _reader.FieldCount;
        if (_reader.FieldCount != FieldCount)
            throw CsvFault.At(Source, Line, $"the row has {_reader.FieldCount} cells, but {(Header is null ? "the first row" : "the header")} has {FieldCount} (delimiter {CsvFault.Quote(_delimiter)})");
        return true;
    }

    /// <summary>The cell at a position as UTF-8, without the blanks around it; valid until the next row.</summary>
    public ReadOnlySpan<byte> Cell(int position) => _reader.GetSpan(position);

    /// <summary>The cell at a position as text, without the blanks around it.</summary>
    /// <exception cref="InvalidInputException">The cell is not UTF-8: letters that were replaced would make one name of several.</exception>
    public string Text(int position)
    {
        string text = _reader.GetString(position);
        return text.Contains('\uFFFD', StringComparison.Ordinal)
            ? throw CsvFault.At(Source, Line, $"the cell {CsvFault.Quote(text)} is not UTF-8, but the text must be; save it again as UTF-8")
            : text;
    }

    /// <summary>The finite number, within the range of float32, in the cell of a column.</summary>
    /// <exception cref="InvalidInputException">An empty cell, a text, or a number that cannot be used.</exception>
    public double Number(CsvColumn column)
    {
        if (CsvNumber.TryParse(Cell(column.Position), out double value) && Math.Abs(value) <= float.MaxValue) return value;
        string cell = Text(column.Position);
        if (cell.Length == 0) throw CsvFault.At(Source, Line, column, $"the cell is empty, but a number is needed");
        if (CsvNumber.LooksNumeric(cell))
            throw CsvFault.At(Source, Line, column, $"found {CsvFault.Quote(cell)}, but a finite number within ±{float.MaxValue:G3} is needed");
        throw CsvFault.At(Source, Line, column, $"found {CsvFault.Quote(cell)}, but {(CsvNumber.HasCommas(cell) ? CsvNumber.WithoutCommas : "a number is needed")}");
    }

    public void Dispose() => _reader.Dispose();
}
