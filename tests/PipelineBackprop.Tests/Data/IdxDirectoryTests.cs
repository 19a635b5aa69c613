using PipelineBackprop.Data;
using Xunit;

namespace PipelineBackprop.Tests.Data;

public sealed class IdxDirectoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void WritePair(string prefix, int count, char separator = '-', bool packed = false)
    {
        byte[] images = IdxBytes.Images(count, 2, 2, i => (byte)(i / 4)), labels = IdxBytes.Labels([.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))]);
        string ending = packed ? ".gz" : "";
        _folder.Write($"{prefix}-images{separator}idx3-ubyte{ending}", packed ? IdxBytes.Gzip(images) : images);
        _folder.Write($"{prefix}-labels{separator}idx1-ubyte{ending}", packed ? IdxBytes.Gzip(labels) : labels);
    }

    [Theory]
    [InlineData('-', false)]
    [InlineData('-', true)]
    [InlineData('.', false)]
    [InlineData('.', true)]
    public void Load_finds_all_spellings_of_the_names(char separator, bool packed)
    {
        WritePair("train", 12, separator, packed);
        WritePair("t10k", 5, separator, packed);

        DatasetPair pair = IdxDirectory.Load(_folder.Path);

        Assert.Equal((12, 5), (pair.Train.Count, pair.Test.Count));
    }

    [Fact]
    public void Load_with_counts_takes_the_first_to_train_and_the_last_to_test()
    {
        WritePair("train", 12);
        WritePair("t10k", 5);

        DatasetPair pair = IdxDirectory.Load(_folder.Path, 3, 2);

        Assert.Equal([0f, 1f, 2f], pair.Train.Targets.ToArray());
        Assert.Equal([3f, 4f], pair.Test.Targets.ToArray());
    }

    [Theory]
    [InlineData("t10k")]
    [InlineData("train")]
    public void Load_of_one_pair_splits_it(string prefix)
    {
        WritePair(prefix, 20);

        DatasetPair pair = IdxDirectory.Load(_folder.Path, 14, 4);

        Assert.Equal((14, 4), (pair.Train.Count, pair.Test.Count));
        Assert.Equal(16 / 255f, pair.Test.Row(0)[0]);
    }

    [Theory]
    [InlineData(null, null, "20")]
    [InlineData(10, null, "20")]
    [InlineData(15, 6, "15")]
    [InlineData(0, 5, "0 examples")]
    [InlineData(5, -1, "-1 examples")]
    [InlineData(21, 1, "21 examples")]
    [InlineData(int.MaxValue, int.MaxValue, "2147483647")]
    public void Load_of_one_pair_with_impossible_counts_names_folder_and_numbers(int? train, int? test, string part)
    {
        WritePair("t10k", 20);
        OneSentence.Require(Assert.Throws<InvalidInputException>(() => IdxDirectory.Load(_folder.Path, train, test)).Message, _folder.Path, part, "20");
    }

    [Fact]
    public void Load_of_an_unusable_folder_says_what_is_missing()
    {
        OneSentence.Require(Assert.Throws<InvalidInputException>(() => IdxDirectory.Load(_folder.At("none"))).Message, _folder.At("none"), "no such folder");
        OneSentence.Require(Assert.Throws<InvalidInputException>(() => IdxDirectory.Load(_folder.Path)).Message, _folder.Path, "train-images-idx3-ubyte");
        _folder.Write("train-images-idx3-ubyte", IdxBytes.Images(1, 1, 1));
        OneSentence.Require(Assert.Throws<InvalidInputException>(() => IdxDirectory.Load(_folder.Path)).Message, "train-images-idx3-ubyte", "train-labels-idx1-ubyte");
    }
}
