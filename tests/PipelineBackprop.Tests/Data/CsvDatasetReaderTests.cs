using System.Text.Json;
using PipelineBackprop.Data;
using Xunit;

namespace PipelineBackprop.Tests.Data;

public sealed class CsvDatasetReaderTests : IDisposable
{
    private const string Fruit = """
        weight,colour,price,kind
        100,red,1.5,apple
        120,green,2.5,apple
        150,yellow,0.5,banana
        160,yellow,0.7,banana
        90,red,3.5,cherry

        """;

    private static readonly CsvOptions s_plain = new() { LabelColumn = "kind", Standardize = false, Shuffle = false, TestFraction = 0.4 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_splits_in_order_and_encodes_numbers_categories_and_labels()
    {
        CsvData data = CsvDatasetReader.Load(_folder.Write("fruit.csv", Fruit), s_plain);

        Dataset train = data.Datasets.Train, test = data.Datasets.Test;
        Assert.Equal((3, 2, 5, 3), (train.Count, test.Count, train.InputWidth, train.ClassCount));
        Assert.Equal(["weight", "colour=green", "colour=red", "colour=yellow", "price"], train.InputNames!);
        Assert.Equal(["apple", "banana", "cherry"], train.ClassNames!);
        Assert.Equal([120, 1, 0, 0, 2.5f], train.Row(1));
        Assert.Equal([90, 0, 1, 0, 3.5f], test.Row(1));
        Assert.Equal([0f, 0f, 1f], train.Targets.ToArray());
        Assert.Equal([1f, 2f], test.Targets.ToArray());
    }

    [Theory]
    [InlineData("kind")]
    [InlineData("3")]
    [InlineData("-1")]
    public void LabelColumn_can_be_a_name_or_a_position_from_either_end(string label) =>
        Assert.Equal(["apple", "banana", "cherry"], CsvDatasetReader.Load(_folder.Write("fruit.csv", Fruit), s_plain with { LabelColumn = label }).Encoding.ClassNames!);

    [Fact]
    public void A_position_from_the_end_reaches_the_first_column() =>
        Assert.Equal("weight", Assert.Single(CsvDatasetReader.Load(_folder.Write("fruit.csv", Fruit), s_plain with { LabelColumn = "-4" }).Encoding.Targets).Name);

    [Theory]
    [InlineData(0.01, 4, 1)]
    [InlineData(0.99, 1, 4)]
    public void Any_test_fraction_leaves_a_row_for_each_part(double fraction, int train, int test)
    {
        DatasetPair pair = CsvDatasetReader.Load(_folder.Write("fruit.csv", Fruit), s_plain with { TestFraction = fraction }).Datasets;

        Assert.Equal((train, test), (pair.Train.Count, pair.Test.Count));
    }

    [Fact]
    public void A_tab_separates_cells_and_empty_ones_stay()
    {
        string path = _folder.Write("data.tsv", "a\tb\ty\n 1 \t2\tno\n3\t4\tyes\n"), gap = _folder.Write("gap.tsv", "a\tb\ty\n1\t2\tno\n\t4\tyes\n");
        CsvOptions options = s_plain with { Delimiter = "\t", LabelColumn = "y" };

        Assert.Equal([1f, 2f], CsvDatasetReader.Load(path, options).Datasets.Train.Row(0));
        OneSentence.Require(Assert.Throws<InvalidInputException>(() => CsvDatasetReader.Load(gap, options)).Message, gap, "line 3", "\"a\"", "empty");
    }

    [Fact]
    public void Without_header_columns_are_positions()
    {
        string path = _folder.Write("digits.csv", "7;0.5;1\r\n2;1e-2;-3\r\n7;+4;0\r\n\r\n2;5;6\r\n");

        CsvData data = CsvDatasetReader.Load(path, new CsvOptions { HasHeader = false, Delimiter = ";", LabelColumn = "0", Standardize = false, Shuffle = false, TestFraction = 0.25 });

        Assert.Equal(["2", "7"], data.Encoding.ClassNames!);
        Assert.Equal(["column 1", "column 2"], data.Encoding.InputNames);
        Assert.Equal([0.5f, 1, 0.01f, -3, 4, 0], data.Datasets.Train.Inputs.ToArray());
        Assert.Equal([1f, 0f, 1f], data.Datasets.Train.Targets.ToArray());
    }

    [Fact]
    public void Regression_targets_may_be_several_columns_and_others_ignored()
    {
        CsvData data = CsvDatasetReader.Load(
            _folder.Write("fruit.csv", Fruit), new CsvOptions { TargetColumns = ["price", "weight"], IgnoreColumns = ["kind"], Standardize = false, Shuffle = false });

        Assert.Equal((2, 0, 3), (data.Datasets.Train.TargetWidth, data.Datasets.Train.ClassCount, data.Datasets.Train.InputWidth));
        Assert.Equal([2.5f, 120f], data.Datasets.Train.TargetRow(1));
    }

    [Fact]
    public void Standardisation_is_fitted_on_the_training_part_only_and_leaves_one_hot_columns_alone()
    {
        string path = _folder.Write("data.csv", "x,c,constant,y\n1,a,0.1,0\n3,b,0.1,1\n5,a,0.1,0\n1000,b,0.1,1\n");

        CsvData data = CsvDatasetReader.Load(path, new CsvOptions { LabelColumn = "y", Shuffle = false, TestFraction = 0.25 });

        double deviation = Math.Sqrt(8 / 3.0);
        Assert.Equal([3, 0, 0, 0.1], data.Encoding.Standardizer!.Means);
        Assert.Equal([deviation, 1, 1, 1], data.Encoding.Standardizer.Deviations);
        Assert.Equal([(float)(-2 / deviation), 1, 0, 0], data.Datasets.Train.Row(0));
        Assert.Equal([(float)(997 / deviation), 0, 1, 0], data.Datasets.Test.Row(0));
    }

    [Fact]
    public void Shuffled_split_is_a_function_of_the_seed_and_keeps_every_row_once()
    {
        string path = _folder.Write("data.csv", "x,y\n" + string.Concat(Enumerable.Range(0, 50).Select(i => $"{i},{i % 2}\n")));
        var options = new CsvOptions { LabelColumn = "y", Standardize = false };

        float[] Test(ulong seed) => CsvDatasetReader.Load(path, options with { Seed = seed }).Datasets.Test.Inputs.ToArray();
        DatasetPair pair = CsvDatasetReader.Load(path, options).Datasets;

        Assert.Equal(10, pair.Test.Count);
        Assert.Equal(Test(1), Test(1));
        Assert.NotEqual(Test(1), Test(2));
        Assert.Equal(pair.Train.Inputs.ToArray().Order(), pair.Train.Inputs.ToArray());
        Assert.Equal(pair.Test.Inputs.ToArray().Order(), pair.Test.Inputs.ToArray());
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (float)i), pair.Train.Inputs.ToArray().Concat(pair.Test.Inputs.ToArray()).Order());
    }

    [Fact]
    public void A_test_file_is_read_by_the_names_of_its_columns()
    {
        string path = _folder.Write("fruit.csv", Fruit), test = _folder.Write("test.csv", "kind,price,extra,colour,weight\nbanana,9,x,red,50\n");

        CsvData data = CsvDatasetReader.Load(path, s_plain, test);

        Assert.Equal(5, data.Datasets.Train.Count);
        Assert.Equal([50, 0, 1, 0, 9], data.Datasets.Test.Row(0));
        Assert.Equal(1f, data.Datasets.Test.TargetRow(0)[0]);
    }

    [Fact]
    public void Encoding_survives_json_and_encodes_new_rows_like_the_test_part()
    {
        string path = _folder.Write("fruit.csv", Fruit);
        CsvData data = CsvDatasetReader.Load(path, s_plain with { Standardize = true });

        CsvEncoding encoding = JsonSerializer.Deserialize<CsvEncoding>(JsonSerializer.Serialize(data.Encoding))!;
        EncodedRows rows = CsvDatasetReader.ReadInputs(new StringReader("price,colour,weight\n0.7,yellow,160\n3.5,red,90\n"), "standard input", encoding);

        Assert.Equal((2, 5), (rows.Count, rows.InputWidth));
        Assert.Equal(data.Datasets.Test.Inputs.ToArray(), rows.Inputs.ToArray());
        Assert.Equal(data.Datasets.Test.Inputs.ToArray(), CsvDatasetReader.Read(path, encoding).Slice(3, 2).Inputs.ToArray());
    }

    [Fact]
    public void A_file_without_header_is_read_with_an_encoding_that_had_one_by_position()
    {
        string path = _folder.Write("fruit.csv", Fruit), other = _folder.Write("other.csv", "50;red;9;apple\n60;green;8;banana\n");
        CsvEncoding encoding = CsvDatasetReader.Load(path, s_plain).Encoding;

        CsvData data = CsvDatasetReader.Load(other, encoding, s_plain with { HasHeader = false, Delimiter = ";", TestFraction = 0.5 });

        Assert.Equal([50, 0, 1, 0, 9], data.Datasets.Train.Row(0));
        Assert.Equal([60, 1, 0, 0, 8], data.Datasets.Test.Row(0));
    }

    [Fact]
    public void A_column_without_a_name_is_found_again_at_its_place()
    {
        CsvEncoding encoding = CsvDatasetReader.Load(_folder.Write("data.csv", ",x,y\n1,2,a\n3,4,b\n"), s_plain with { LabelColumn = "y" }).Encoding;

        Assert.Equal(["column 0", "x"], encoding.InputNames);
        Assert.Equal([5f, 6f], CsvDatasetReader.ReadInputs(new StringReader(",x\n5,6\n"), "rows", encoding).Inputs.ToArray());
    }

    [Theory]
    [InlineData("1,5,2\n", true)]
    [InlineData("5,2\n", true)]
    [InlineData("5\n", false)]
    public void New_rows_without_header_may_leave_the_label_out(string text, bool fits)
    {
        string path = _folder.Write("data.csv", "0,1,2\n1,3,4\n0,5,6\n");
        CsvEncoding encoding = CsvDatasetReader.Load(path, new CsvOptions { HasHeader = false, LabelColumn = "0", Standardize = false }).Encoding;

        if (fits) Assert.Equal([5f, 2f], CsvDatasetReader.ReadInputs(new StringReader(text), "rows", encoding).Inputs.ToArray());
        else OneSentence.Require(Assert.Throws<InvalidInputException>(() => CsvDatasetReader.ReadInputs(new StringReader(text), "rows", encoding)).Message, "rows, line 1", "1 cells", "3", "2 without");
    }

    [Fact]
    public void Given_class_names_fix_the_order_and_numbers_may_stand_for_them()
    {
        string path = _folder.Write("data.csv", "x,y\n1,no\n2,yes\n3,0\n4,1.0\n");
        var options = new CsvOptions { LabelColumn = "y", ClassNames = ["yes", "no", "maybe"], Shuffle = false, TestFraction = 0.5 };

        DatasetPair pair = CsvDatasetReader.Load(path, options).Datasets;

        Assert.Equal([1f, 0f], pair.Train.Targets.ToArray());
        Assert.Equal([0f, 1f], pair.Test.Targets.ToArray());
        Assert.Equal(3, pair.Train.ClassCount);
    }

    [Fact]
    public void Number_labels_are_sorted_by_value_and_compared_by_value()
    {
        string path = _folder.Write("data.csv", "x,y\n1,10\n2,9.0\n3,9\n4,-1\n");

        CsvData data = CsvDatasetReader.Load(path, new CsvOptions { LabelColumn = "y", Shuffle = false, TestFraction = 0.25 });

        Assert.Equal(["-1", "9", "10"], data.Encoding.ClassNames!);
        Assert.Equal([2f, 1f, 1f], data.Datasets.Train.Targets.ToArray());
    }

    [Fact]
    public void Whole_numbers_that_float64_rounds_to_one_stay_different_labels()
    {
        string path = _folder.Write("data.csv", "x,y\n1,9007199254740993\n2,9007199254740992\n3,-1\n4,-1.0\n");

        CsvData data = CsvDatasetReader.Load(path, new CsvOptions { LabelColumn = "y", Shuffle = false, TestFraction = 0.25 });

        Assert.Equal(["-1", "9007199254740992", "9007199254740993"], data.Encoding.ClassNames!);
        Assert.Equal([2f, 1f, 0f], data.Datasets.Train.Targets.ToArray());
        Assert.Equal([0f], data.Datasets.Test.Targets.ToArray());
    }

    [Fact]
    public void Quoted_cells_byte_order_marks_and_line_breaks_in_quotes_are_understood()
    {
        string path = _folder.Write("data.csv", "\uFEFF\"first, second\", \"say \"\"x\"\"\" ,y\r\n\"1\", 2 ,\"a\nb\"\r\n3,4,c\r\n");

        CsvData data = CsvDatasetReader.Load(path, new CsvOptions { LabelColumn = "y", Standardize = false, Shuffle = false });

        Assert.Equal(["first, second", "say \"x\""], data.Encoding.InputNames);
        Assert.Equal([1f, 2f], data.Datasets.Train.Inputs.ToArray());
        Assert.Equal(["a\nb", "c"], data.Encoding.ClassNames!);
    }

    [Fact]
    public void OneHotColumns_takes_numbers_as_categories()
    {
        string path = _folder.Write("data.csv", "zone,y\n3,a\n1,b\n10,a\n3,b\n");
        CsvEncoding encoding = CsvDatasetReader.Load(path, new CsvOptions { LabelColumn = "y", OneHotColumns = ["zone"] }).Encoding;
        Assert.Equal(["zone=1", "zone=3", "zone=10"], encoding.InputNames);
    }

    [Fact]
    public void OneHotColumns_takes_texts_numbers_and_commas_as_categories()
    {
        string path = _folder.Write("data.csv", "zone;y\n3;a\n1,5;b\nnone;a\n3;b\n");
        CsvEncoding encoding = CsvDatasetReader.Load(path, new CsvOptions { LabelColumn = "y", OneHotColumns = ["zone"], Delimiter = ";" }).Encoding;
        Assert.Equal(["zone=1,5", "zone=3", "zone=none"], encoding.InputNames);
    }

    [Fact]
    public void An_encoding_prints_what_is_learned_from_what()
    {
        string path = _folder.Write("fruit.csv", Fruit);

        Assert.Equal("\"kind\" (3 classes) from 2 columns of numbers and the categories of \"colour\" (3)", CsvDatasetReader.Load(path, s_plain).Encoding.ToString());
        Assert.Equal("\"weight\", \"price\" from the categories of \"colour\" (3), \"kind\" (3)",
            CsvDatasetReader.Load(path, s_plain with { LabelColumn = null, TargetColumns = ["weight", "price"] }).Encoding.ToString());
        Assert.Equal("\"kind\" (3 classes) from 1 column of numbers", CsvDatasetReader.Load(path, s_plain with { IgnoreColumns = ["colour", "price"] }).Encoding.ToString());
    }
}
