using PipelineBackprop.Data;
using Xunit;

namespace PipelineBackprop.Tests.Data;

public sealed class DatasetCatalogueTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("mnist")]
    [InlineData("fashion-mnist")]
    [InlineData("KMNIST")]
    public void The_catalogue_of_the_repository_knows_four_checked_files_of_each_data_set(string name)
    {
        CatalogueEntry entry = DatasetCatalogue.Load(RepositoryCatalogue()).Find(name);

        Assert.Equal(
            ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz", "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"], entry.Files.Select(file => file.Name).Order());
        Assert.All(entry.Files, file => Assert.True(file is { Sha256.Length: 64, Bytes: > 4000, Urls.Count: 2 }));
        Assert.Equal(4, entry.Files.Select(file => file.Sha256).Distinct().Count());
    }

    [Theory]
    [InlineData("fashion-mnits", "\"fashion-mnits\"", "nearest name is \"fashion-mnist\"")]
    [InlineData("imagenet", "\"imagenet\"", "\"mnist\", \"fashion-mnist\", \"kmnist\"")]
    public void Find_of_an_unknown_name_suggests_one(string name, params string[] parts) =>
        OneSentence.Require(Assert.Throws<InvalidInputException>(() => DatasetCatalogue.Load(RepositoryCatalogue()).Find(name)).Message, ["datasets.json", .. parts]);

    [Theory]
    [InlineData("", "line 1")]
    [InlineData("{\n\"datasets\": [,]}", "line 2")]
    [InlineData("{\"datasets\": []}", "\"datasets\" is empty")]
    [InlineData("{}", "\"datasets\" is empty")]
    [InlineData("[]", "does not describe")]
    [InlineData("{\"dataset\": []}", "does not describe")]
    [InlineData("{\"datasets\": [{\"files\": []}]}", "no \"name\"")]
    [InlineData("{\"datasets\": [null]}", "no \"name\"")]
    [InlineData("{\"datasets\": [{\"name\": \"a\"}]}", "data set a", "no \"files\"")]
    [InlineData("{\"datasets\": [{\"name\": \"a\", \"files\": [{\"name\": \"../f\", \"urls\": [\"http://h/f\"]}]}]}", "\"../f\"", "without folders")]
    [InlineData("{\"datasets\": [{\"name\": \"a\", \"files\": [{\"name\": \"..\", \"urls\": [\"http://h/f\"]}]}]}", "\"..\"", "without folders")]
    [InlineData("{\"datasets\": [{\"name\": \"a\", \"files\": [{\"name\": \"f\", \"urls\": []}]}]}", "\"f\"", "no \"urls\"")]
    [InlineData("{\"datasets\": [{\"name\": \"a\", \"files\": [{\"name\": \"f\", \"urls\": [\"file:///etc/passwd\"]}]}]}", "\"file:///etc/passwd\"", "http://")]
    [InlineData("{\"datasets\": [{\"name\": \"a\", \"files\": [{\"name\": \"f\", \"urls\": [\"f\"]}]}]}", "\"f\"", "http://")]
    [InlineData("{\"datasets\": [{\"name\": \"a\", \"files\": [{\"name\": \"f\", \"urls\": [\"http://h/f\"], \"sha256\": \"abc\"}]}]}", "3 characters", "64")]
    [InlineData("{\"datasets\": [{\"name\": \"a\", \"files\": [{\"name\": \"f\", \"urls\": [\"http://h/f\"], \"bytes\": 0}]}]}", "0 \"bytes\"")]
    [InlineData("{\"datasets\": [{\"name\": \"a\", \"files\": [{\"name\": \"f\\u0000g\", \"urls\": [\"http://h/f\"]}]}]}", "\"f?g\"", "without folders")]
    [InlineData("{\"datasets\": [{\"name\": \"a\", \"files\": [{\"name\": \"f\", \"urls\": [\"http://h/f\"]}, {\"name\": \"f\", \"urls\": [\"http://h/g\"]}]}]}", "data set a", "file \"f\"", "twice")]
    [InlineData("{\"datasets\": [{\"name\": \"a\", \"files\": [{\"name\": \"f\", \"urls\": [\"http://h/f\"]}]}, {\"name\": \"A\", \"files\": [{\"name\": \"f\", \"urls\": [\"http://h/f\"]}]}]}", "data set \"a\"", "twice")]
    [InlineData("{\"datasets\": [{\"name\": \"a\", \"files\": [{\"name\": \"f\", \"urls\": [\"http://h/f\"]}]}],\n\"datasets\": [{\"name\": \"b\", \"files\": [{\"name\": \"f\", \"urls\": [\"http://h/f\"]}]}]}", "line 2", "does not describe")]
    public void Load_of_a_bad_catalogue_says_in_one_sentence_what_is_wrong(string json, params string[] parts)
    {
        string path = _folder.Write("bad.json", json);
        OneSentence.Require(Assert.Throws<InvalidInputException>(() => DatasetCatalogue.Load(path)).Message, [path, .. parts]);
    }

    [Fact]
    public void Load_of_a_missing_file_names_it() =>
        OneSentence.Require(Assert.Throws<InvalidInputException>(() => DatasetCatalogue.Load(_folder.At("none.json"))).Message, _folder.At("none.json"));

    private static string RepositoryCatalogue()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "config", "datasets.json"))) folder = Path.GetDirectoryName(folder);
        return Path.Combine(folder!, "config", "datasets.json");
    }
}
