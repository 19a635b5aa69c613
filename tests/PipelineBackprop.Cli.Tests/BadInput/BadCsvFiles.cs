using Xunit;

namespace PipelineBackprop.Cli.Tests.BadInput;

/// <summary>CSV files with cells, rows, columns or labels that cannot be used.</summary>
public sealed class BadCsvFiles
{
    private static readonly Dictionary<string, BadCase> s_cases = new()
    {
        ["text in a numeric column"] = Edit("4.7,3.2", "4.7,wide", "flowers.csv, line 4", "\"width\"", "\"wide\"", "a number is needed"),
        ["numbers below a text"] = Edit("length,width,colour,kind\n", "length,width,colour,kind\nNA,3.0,red,rose\n", "flowers.csv, line 3, column \"length\"", "the number", "below the text \"NA\" of line 2", "for one-hot"),
        ["a header that is not to be one"] = Data(", \"label\": -1, \"header\": false", "flowers.csv, line 2, column \"column 0\"", "below the text \"length\" of line 1"),
        ["decimal commas"] = new(work => Train(work, ", \"label\": -1, \"delimiter\": \";\"", "length;kind\n0,5;rose\n0,6;lily\n"), "flowers.csv, line 2, column \"length\"", "\"0,5\"", "a number has a point before its decimals and no commas"),
        ["commas between thousands"] = File("length,kind\n12,rose\n\"1,234\",lily\n", "flowers.csv, line 3, column \"length\"", "\"1,234\"", "no commas"),
        ["NaN"] = Edit("5.0,3.6", "NaN,3.6", "flowers.csv, line 6", "\"length\"", "\"NaN\"", "finite number"),
        ["infinity"] = Edit("5.4,3.9", "5.4,-inf", "flowers.csv, line 7", "\"width\"", "\"-inf\"", "number"),
        ["a number beyond float32"] = Edit("5.4,3.9", "1e39,3.9", "flowers.csv, line 7", "\"length\"", "\"1e39\"", "finite number"),
        ["an empty numeric cell"] = Edit("4.9,3.0", "4.9,", "flowers.csv, line 3", "\"width\"", "empty", "a number is needed"),
        ["an empty category"] = Edit("3.1,blue", "3.1,", "flowers.csv, line 5", "\"colour\"", "empty"),
        ["an empty label"] = Edit("4.6,3.1,blue,lily", "4.6,3.1,blue,", "flowers.csv, line 5", "\"kind\"", "empty"),
        ["a row too long"] = Edit("4.6,3.1,blue,lily", "4.6,3.1,blue,lily,9", "flowers.csv, line 5", "5 cells", "4"),
        ["a row too short"] = Edit("4.6,3.1,blue,lily", "4.6,3.1,blue", "flowers.csv, line 5", "3 cells", "4"),
        ["a quote that is not closed"] = Edit("4.6,3.1,blue", "4.6,3.1,\"blue", "flowers.csv, line", "quot"),
        ["two columns of one name"] = Edit("length,width", "width,width", "flowers.csv, line 1", "columns 0 and 1", "\"width\""),
        ["another delimiter"] = Data(", \"label\": \"kind\", \"delimiter\": \";\"", "flowers.csv", "\"kind\""),
        ["a delimiter of two characters"] = Data(", \"delimiter\": \"::\"", "flowers.json", "line 3", "'data.delimiter' is \"::\"", "one printable ASCII character"),
        ["a tab by its letters"] = new(work => [.. Train(work, ", \"label\": \"kind\""), "--set", @"data.delimiter=\t"], @"'data.delimiter' is ""\t""", "or a tab, which is written \"\\t\" with these quotes"),
        ["a label column that is nearly there"] = Data(", \"label\": \"kidn\"", "flowers.csv", "\"kidn\"", "nearest name is \"kind\""),
        ["a label position that is not there"] = Data(", \"label\": 7", "flowers.csv", "7", "0 to 3"),
        ["a label name without a header"] = Data(", \"label\": \"kind\", \"header\": false", "flowers.csv", "\"kind\"", "without a header"),
        ["a one-hot column that is nearly there"] = Data(", \"oneHot\": [\"color\"]", "flowers.csv", "\"color\"", "nearest name is \"colour\""),
        ["the label ignored"] = Data(", \"label\": \"kind\", \"ignore\": [\"kind\"]", "flowers.csv", "\"kind\"", "only one part"),
        ["no column left to learn from"] = Data(", \"ignore\": [0, 1, 2]", "flowers.csv", "all 4 columns", "at least one input column"),
        ["a class to be learned as a number"] = Data(", \"task\": \"regression\", \"label\": \"kind\"", "flowers.csv, line 2", "\"kind\"", "\"rose\"", "a number is needed"),
        ["cells with semicolons between them"] = File("length;kind\n0.5;rose\n0.6;lily\n", "flowers.csv", "at least one input column is needed (delimiter \",\")"),
        ["a label among cells with semicolons between them"] = new(work => Train(work, ", \"label\": \"kind\"", "length;kind\n0.5;rose\n"), "flowers.csv", "\"length;kind\" (delimiter \",\")"),
        ["empty file"] = File("", "flowers.csv", "empty"),
        ["header only"] = File("length,width,colour,kind\n", "flowers.csv", "header but no rows"),
        ["one row"] = File("length,width,colour,kind\n1,2,red,rose\n", "flowers.csv", "1 rows", "at least 2"),
        ["one class"] = File("length,kind\n1,rose\n2,rose\n3,rose\n", "flowers.csv", "\"kind\"", "\"rose\"", "at least 2 classes"),
        ["bytes that are no text"] = File("\0\u0001\0\u0002\n\0", "flowers.csv"),
        ["missing file"] = new(work => work.Train(work.Write("flowers.json", RunFiles.FlowersOf(work.PathOf("gone.csv")))), "gone.csv", "no such file"),
        ["a folder instead of a file"] = new(work => work.Train(work.Write("flowers.json", RunFiles.FlowersOf(Directory.CreateDirectory(work.PathOf("folder.csv")).FullName))), "folder.csv", "it is a folder"),
        ["missing test file"] = new(work => Train(work, TestFile(work, null)), "test.csv", "no such file"),
        ["unknown category in the test file"] = Test("length,width,colour,kind\n5,3,pink,rose\n", "test.csv, line 2", "\"colour\"", "\"pink\"", "\"blue\""),
        ["unknown class in the test file"] = Test("length,width,colour,kind\n5,3,red,tulip\n", "test.csv, line 2", "\"kind\"", "\"tulip\"", "\"lily\""),
        ["label number out of range in the test file"] = Test("length,width,colour,kind\n5,3,red,3\n", "test.csv, line 2", "\"3\"", "0..2"),
        ["column missing in the test file"] = Test("length,widht,colour,kind\n5,3,red,rose\n", "test.csv, line 1", "\"width\"", "nearest name is \"widht\""),
        ["test file without rows"] = Test("length,width,colour,kind\n", "test.csv", "no rows"),
        ["fewer outputs than classes"] = new(
            work => work.Train(work.Write("flowers.json", RunFiles.FlowersOf(work.Write("flowers.csv", RunFiles.FlowerRows), outputs: 2))), "2 outputs", "flowers.csv", "3 classes"),
    };

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Train_BadCsvFile_IsRefusedInOneSentence(string name) => s_cases[name].ProveAsync();

    private static BadCase Edit(string good, string bad, params string[] says)
    {
        Assert.Contains(good, RunFiles.FlowerRows, StringComparison.Ordinal);
        return File(RunFiles.FlowerRows.Replace(good, bad, StringComparison.Ordinal), says);
    }

    private static BadCase File(string rows, params string[] says) => new(work => Train(work, ", \"label\": -1", rows), says);

    private static BadCase Data(string settings, params string[] says) => new(work => Train(work, settings), says);

    private static BadCase Test(string rows, params string[] says) => new(work => Train(work, TestFile(work, rows)), says);

    private static string TestFile(Sandbox work, string? rows)
    {
        if (rows is not null) work.Write("test.csv", rows);
        return $", \"label\": \"kind\", \"testFile\": {System.Text.Json.JsonSerializer.Serialize(work.PathOf("test.csv"))}";
    }

    private static string[] Train(Sandbox work, string settings, string rows = RunFiles.FlowerRows) =>
        work.Train(work.Write("flowers.json", RunFiles.FlowersOf(work.Write("flowers.csv", rows), settings)));
}
