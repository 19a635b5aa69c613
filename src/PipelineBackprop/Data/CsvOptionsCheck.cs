namespace PipelineBackprop.Data;

/// <summary>Refuses options that contradict each other or lie outside their range, one sentence each.</summary>
internal static class CsvOptionsCheck
{
    /// <summary>What a delimiter must be, in words.</summary>
    public const string Delimiter = "one printable ASCII character other than a quote, or a tab";

    /// <summary>Whether two cells can be separated by the text.</summary>
    public static bool IsDelimiter(string? text) => text is ['\t' or ' ' or '!' or (>= '#' and <= '~')];

    public static void Require(CsvOptions options, string source)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!IsDelimiter(options.Delimiter))
            throw CsvFault.In(source, $"delimiter is {CsvFault.Quote(options.Delimiter ?? "")}, but must be {Delimiter}");
        if (options.LabelColumn is null == (options.TargetColumns.Count == 0))
            throw CsvFault.In(source, $"labelColumn is {(options.LabelColumn is null ? "not set" : "set")} and targetColumns names {options.TargetColumns.Count} columns, but exactly one of the two must be given");
        if (!(options.TestFraction > 0 && options.TestFraction < 1))
            throw CsvFault.In(source, $"testFraction is {options.TestFraction}, but must lie above 0 and below 1");
        if (options.MaxCategories is < 2 or > 100_000)
            throw CsvFault.In(source, $"maxCategories is {options.MaxCategories}, but must lie in 2..100000");
        if (options.LabelColumn is null && (options.ClassCount is not null || options.ClassNames is not null))
            throw CsvFault.In(source, $"classNames or classCount is set without labelColumn, but only a label column has classes");
        if (options.ClassCount is < 2 or > 100_000)
            throw CsvFault.In(source, $"classCount is {options.ClassCount}, but must lie in 2..100000");
        if (options.ClassNames is { Count: < 2 })
            throw CsvFault.In(source, $"classNames has {options.ClassNames.Count} names, but at least 2 are needed");
        if (options.ClassNames is { } names && options.ClassCount is int count && names.Count != count)
            throw CsvFault.In(source, $"classNames has {names.Count} names and classCount is {count}, but the two must agree");
        if (options.ClassNames?.CountBy(name => name).FirstOrDefault(pair => pair.Value > 1).Key is string twice)
            throw CsvFault.In(source, $"classNames names {CsvFault.Quote(twice)} twice, but every class needs a name of its own");
    }
}
