using PipelineBackprop.Data;
using Xunit;

namespace PipelineBackprop.Tests.Data;

public sealed class CsvBadInputTests : IDisposable
{
    private static readonly CsvOptions s_label = new() { LabelColumn = "y" };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, CsvOptions, string[]> BadTrainingFiles => new()
    {
        { "", s_label, ["empty"] },
        { "\n\n", s_label, ["empty"] },
        { "x,y\n", s_label, ["header but no rows"] },
        { "", s_label with { HasHeader = false, LabelColumn = "0" }, ["no rows"] },
        { "x,y\n1,a\n", s_label, ["1 rows", "at least 2"] },
        { "x,y\n1,a\nabc,b\n", s_label, ["line 3", "\"x\"", "\"abc\""] },
        { "x,y\n1,a\n\n\nabc,b\n", s_label, ["line 5", "\"abc\""] },
        { "x,y\n1,a\n1.5.2,b\n", s_label, ["line 3", "\"1.5.2\""] },
        { "x,y\n1,a\n,b\n", s_label, ["line 3", "\"x\"", "empty"] },
        { "x,y\n1,a\n  ,b\n", s_label, ["line 3", "\"x\"", "empty"] },
        { "x,y\n1,a\nNaN,b\n", s_label, ["line 3", "\"NaN\"", "finite"] },
        { "x,y\nNaN,a\n1,b\n", s_label, ["line 2", "\"NaN\"", "finite"] },
        { "x,y\n1,a\n-Infinity,b\n", s_label, ["line 3", "\"-Infinity\""] },
        { "x,y\n1,a\n1e39,b\n", s_label, ["line 3", "\"1e39\"", "3.4E+38"] },
        { "x,y\n1,a\n1e999,b\n", s_label, ["line 3", "\"1e999\""] },
        { "x;y\n1;a\n1,5;b\n", s_label with { Delimiter = ";" }, ["line 3", "\"1,5\""] },
        { "x,y\nNA,a\n1.5,b\n", s_label, ["line 3", "\"x\"", "\"1.5\"", "\"NA\" of line 2", "one-hot"] },
        { "x;y\n-1.234,5;a\n1,5;b\n", s_label with { Delimiter = ";" }, ["line 2", "\"x\"", "\"-1.234,5\"", "no commas", "one-hot"] },
        { "x;y\n1;2\n2;1,5\n", new CsvOptions { TargetColumns = ["y"], Delimiter = ";" }, ["line 3", "\"y\"", "\"1,5\"", "no commas"] },
        { "x,y\nred,a\n1,b\n", s_label with { DetectText = false }, ["line 2", "\"red\"", "number"] },
        { "x,y\n1,a\n2,b,c\n", s_label, ["line 3", "3 cells", "2"] },
        { "x,y\n1,a\n2\n", s_label, ["line 3", "1 cells", "2"] },
        { "1,2,0\n3,4\n", s_label with { HasHeader = false, LabelColumn = "2" }, ["line 2", "2 cells", "3"] },
        { "x,label\n1,a\n2,b\n", s_label with { LabelColumn = "lable" }, ["\"lable\"", "for the label", "\"label\""] },
        { "x,y\n1,a\n2,b\n", s_label with { LabelColumn = "species" }, ["\"species\"", "2 columns", "\"x\", \"y\""] },
        { "x;y\n1;a\n", s_label, ["\"y\"", "1 columns", "\"x;y\""] },
        { "x,y\n1,a\n2,b\n", s_label with { LabelColumn = "2" }, ["column 2", "0 to 1"] },
        { "x,y\n1,a\n2,b\n", s_label with { LabelColumn = "-3" }, ["column -3", "-2 to -1"] },
        { "1,a\n2,b\n", s_label with { HasHeader = false }, ["\"y\"", "0 to 1"] },
        { "x,y\n1,a\n2,b\n", s_label with { OneHotColumns = ["z"] }, ["\"z\"", "for the one-hot columns"] },
        { "x,y\n1,a\n2,b\n", s_label with { IgnoreColumns = ["q"] }, ["\"q\"", "for the ignored columns"] },
        { "x,y\n1,a\n2,b\n", s_label with { IgnoreColumns = ["y"] }, ["\"y\"", "for the ignored columns", "for the label"] },
        { "x,y\n1,a\n2,b\n", s_label with { IgnoreColumns = ["x"] }, ["2 columns", "at least one input"] },
        { "x,x,y\n1,2,a\n1,2,b\n", s_label, ["line 1", "columns 0 and 1", "\"x\""] },
        { ",column 0,y\n1,2,a\n1,2,b\n", s_label, ["line 1", "columns 0 and 1", "\"column 0\""] },
        { "x,y\n1,a\n2,a\n", s_label, ["\"y\"", "\"a\"", "at least 2 classes"] },
        { "x,y\n1,a\n2,\n", s_label, ["line 3", "\"y\"", "empty"] },
        { "x,y\n1,0\n2,3\n", s_label with { ClassCount = 3 }, ["line 3", "\"3\"", "3 classes"] },
        { "x,y\n1,0\n2,-1\n", s_label with { ClassCount = 3 }, ["line 3", "\"-1\"", "3 classes"] },
        { "x,y\n1,0\n2,1.5\n", s_label with { ClassCount = 3 }, ["line 3", "\"1.5\""] },
        { "x,y\n1,no\n2,nope\n", s_label with { ClassNames = ["yes", "no"] }, ["line 3", "\"nope\"", "\"yes\", \"no\""] },
        { "x,y\n1,no\n2,2\n", s_label with { ClassNames = ["yes", "no"] }, ["line 3", "\"2\"", "0..1"] },
        { "x,y\n1,no\n2,\n", s_label with { ClassNames = ["yes", "no"] }, ["line 3", "\"y\"", "empty"] },
        { "x,y\n1,a\n2,b\n3,c\n4,d\n", s_label with { MaxCategories = 3 }, ["line 5", "\"d\"", "at most 3"] },
        { "x,y\nr,a\ns,b\nt,a\n", s_label with { MaxCategories = 2 }, ["line 4", "\"x\"", "\"t\"", "at most 2"] },
        { "x,y\nr,a\n,b\n", s_label, ["line 3", "\"x\"", "empty"] },
        { "x,y\n1,2\n3,high\n", new CsvOptions { TargetColumns = ["y"] }, ["line 3", "\"y\"", "\"high\""] },
        { "x,y\n1,2\n3,4\n", new CsvOptions { TargetColumns = ["z"] }, ["\"z\"", "for the targets"] },
        { "x,y\n\"1,a\n2,b\n", s_label, ["line 2", "quoting"] },
        { "x,y\n\"1\"2,a\n2,b\n", s_label, ["line 2", "quoting"] },
        { "x,y\n1,a\n", new CsvOptions(), ["labelColumn is not set", "targetColumns names 0"] },
        { "x,y\n1,a\n", s_label with { TargetColumns = ["x"] }, ["labelColumn is set", "targetColumns names 1"] },
        { "x,y\n1,a\n", s_label with { TestFraction = 1 }, ["testFraction is 1"] },
        { "x,y\n1,a\n", s_label with { TestFraction = double.NaN }, ["testFraction is NaN"] },
        { "x,y\n1,a\n", s_label with { Delimiter = "" }, ["delimiter is \"\""] },
        { "x,y\n1,a\n", s_label with { Delimiter = "\"" }, ["delimiter"] },
        { "x,y\n1,a\n", s_label with { Delimiter = "::" }, ["delimiter is \"::\""] },
        { "x,y\n1,a\n", s_label with { Delimiter = "\0" }, ["delimiter is \"?\"", "printable"] },
        { "x,y\n1,a\n", s_label with { Delimiter = "\u007f" }, ["delimiter is \"?\"", "printable"] },
        { "x,y\n1,a\n", s_label with { Delimiter = "·" }, ["delimiter is \"·\"", "ASCII"] },
        { "x,y\n1,a\n", s_label with { MaxCategories = 1 }, ["maxCategories is 1"] },
        { "x,y\n1,a\n", s_label with { ClassCount = 1 }, ["classCount is 1"] },
        { "x,y\n1,a\n", s_label with { ClassNames = ["a"] }, ["classNames has 1"] },
        { "x,y\n1,a\n", s_label with { ClassNames = ["a", "b"], ClassCount = 3 }, ["classNames has 2", "classCount is 3"] },
        { "x,y\n1,a\n2,b\n", s_label with { ClassNames = ["a", "b", "a"] }, ["\"a\"", "twice"] },
        { "x,y\n1,2\n", new CsvOptions { TargetColumns = ["y"], ClassCount = 2 }, ["classCount", "labelColumn"] },
    };

    [Theory]
    [MemberData(nameof(BadTrainingFiles))]
    public void Load_of_bad_input_says_in_one_sentence_what_is_wrong(string text, CsvOptions options, string[] parts)
    {
        string path = _folder.Write("bad.csv", text);

        var fault = Assert.Throws<InvalidInputException>(() => CsvDatasetReader.Load(path, options));

        OneSentence.Require(fault.Message, [path, .. parts]);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("x,c,y\n", "no rows")]
    [InlineData("x,c,y\n1,green,a\n", "line 2", "\"c\"", "\"green\"", "2 in the training data", "\"blue\", \"red\"")]
    [InlineData("x,c,y\n1,red,a\n2,red,z\n", "line 3", "\"y\"", "\"z\"", "2 classes")]
    [InlineData("x,c,y\n1,red,a\nq,red,b\n", "line 3", "\"x\"", "\"q\"")]
    [InlineData("x,colour,y\n1,red,a\n", "line 1", "\"c\"")]
    [InlineData("x,c\n1,red\n", "line 1", "\"y\"")]
    [InlineData("x,c,y\n1,red\n", "line 2", "2 cells", "3")]
    [InlineData("x,x,c,y\n1,2,red,a\n", "line 1", "columns 0 and 1", "\"x\"")]
    public void Load_of_a_test_file_that_does_not_fit_names_the_place(string text, params string[] parts)
    {
        string path = _folder.Write("train.csv", "x,c,y\n1,red,a\n2,blue,b\n"), test = _folder.Write("test.csv", text);

        var fault = Assert.Throws<InvalidInputException>(() => CsvDatasetReader.Load(path, s_label, test));

        OneSentence.Require(fault.Message, [test, .. parts]);
    }

    [Fact]
    public void ReadInputs_with_a_value_that_standardisation_takes_beyond_float32_names_the_place()
    {
        string path = _folder.Write("train.csv", "x,y\n1e-20,1\n2e-20,2\n3e-20,3\n4e-20,4\n");
        CsvEncoding encoding = CsvDatasetReader.Load(path, new CsvOptions { TargetColumns = ["y"] }).Encoding;

        var fault = Assert.Throws<InvalidInputException>(() => CsvDatasetReader.ReadInputs(new StringReader("x\n2e-20\n1e20\n"), "new rows", encoding));

        OneSentence.Require(fault.Message, "new rows, line 3", "\"x\"", "1E+20", "float32");
    }

    [Theory]
    [InlineData(8, "\"c7\").")]
    [InlineData(9, "\"c7\", …).")]
    public void A_list_of_names_ends_in_an_ellipsis_only_where_some_are_left_out(int classes, string end)
    {
        string path = _folder.Write("bad.csv", "x,y\n1,c0\n2,none\n");

        var fault = Assert.Throws<InvalidInputException>(() => CsvDatasetReader.Load(path, s_label with { ClassNames = [.. Enumerable.Range(0, classes).Select(i => $"c{i}")] }));

        Assert.EndsWith(end, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_of_more_inputs_than_one_array_holds_names_rows_and_inputs()
    {
        string path = _folder.Write("wide.csv", "id,y\n" + string.Concat(Enumerable.Range(0, 60_000).Select(i => $"k{i},{i % 2}\n")));

        var fault = Assert.Throws<InvalidInputException>(() => CsvDatasetReader.Load(path, s_label with { MaxCategories = 100_000, Standardize = false }));

        OneSentence.Require(fault.Message, path, "48000 rows", "60000 inputs", "2147483591");
    }

    [Fact]
    public void A_missing_file_or_a_folder_is_named()
    {
        OneSentence.Require(Assert.Throws<InvalidInputException>(() => CsvDatasetReader.Load(_folder.At("none.csv"), s_label)).Message, _folder.At("none.csv"), "no such file");
        OneSentence.Require(Assert.Throws<InvalidInputException>(() => CsvDatasetReader.Load(_folder.Path, s_label)).Message, _folder.Path, "it is a folder");
    }

    [Theory]
    [InlineData(new double[] { 1 }, new double[] { 1, 2 }, "1 means", "2 deviations")]
    [InlineData(new double[] { 1, 2 }, new double[] { 1, 0 }, "column 1", "deviation 0")]
    [InlineData(new double[] { double.NaN }, new double[] { 1 }, "column 0", "mean NaN")]
    public void A_standardisation_that_cannot_be_used_is_refused(double[] means, double[] deviations, string first, string second) =>
        OneSentence.Require(Assert.Throws<InvalidInputException>(() => new Standardizer(means, deviations)).Message, first, second);

    [Fact]
    public void Standardizer_fits_a_whole_data_set()
    {
        Standardizer fitted = Standardizer.Fit(new Dataset("d", 2, new float[] { 1, 7, 3, 7 }, 1, new float[2]));

        Assert.Equal([2.0, 7.0], fitted.Means);
        Assert.Equal([1.0, 1.0], fitted.Deviations);
        Assert.Throws<ArgumentException>(() => fitted.Apply([1.0], new float[2]));
    }

    [Theory]
    [InlineData("x,y\n1,K\u00e4se\n2,K\u00fcse\n", "line 2", "\"K\uFFFDse\"")]
    [InlineData("gr\u00f6\u00dfe,y\n1,a\n2,b\n", "line 1", "\"gr\uFFFD\uFFFDe\"")]
    public void Text_in_another_encoding_than_Utf8_is_refused(string latin, string place, string found)
    {
        string path = _folder.Write("latin.csv", "");
        File.WriteAllBytes(path, System.Text.Encoding.Latin1.GetBytes(latin));

        string message = Assert.Throws<InvalidInputException>(() => CsvDatasetReader.Load(path, s_label)).Message;

        Assert.Equal($"{path}, {place}: the cell {found} is not UTF-8, but the text must be; save it again as UTF-8.", message);
    }
}
