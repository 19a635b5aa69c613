using System.Buffers.Binary;
using System.IO.Compression;
using Xunit;

namespace PipelineBackprop.Cli.Tests.BadInput;

/// <summary>IDX files that are cut, too long, mislabelled or missing.</summary>
public sealed class BadIdxFiles
{
    private const string TrainImages = "idx/train-images-idx3-ubyte", TrainLabels = "idx/train-labels-idx1-ubyte";
    private const string TestImages = "idx/t10k-images-idx3-ubyte", TestLabels = "idx/t10k-labels-idx1-ubyte";

    private static readonly Dictionary<string, BadCase> s_cases = new()
    {
        ["images cut by one byte"] = Spoil(TrainImages, Images(20, 3)[..^1], "train-images-idx3-ubyte", "180 values (20×3×3)", "only 179"),
        ["images longer by two bytes"] = Spoil(TrainImages, [.. Images(20, 3), 0, 0], "train-images-idx3-ubyte", "180 values (20×3×3)", "2 bytes too many"),
        ["labels where images belong"] = Spoil(TrainImages, Labels(20), "train-images-idx3-ubyte", "magic number 2049", "images begin with 2051"),
        ["images where labels belong"] = Spoil(TestLabels, Images(10, 3), "t10k-labels-idx1-ubyte", "magic number 2051", "labels begin with 2049"),
        ["a text file under the name"] = Spoil(TrainImages, "not an IDX file at all"u8.ToArray(), "train-images-idx3-ubyte", "magic number", "2051"),
        ["one label too few"] = Spoil(TrainLabels, Labels(19), "train-labels-idx1-ubyte", "19 labels", "train-images-idx3-ubyte", "20 images"),
        ["label ten"] = Spoil(TrainLabels, Labels(20, (7, 10)), "train-labels-idx1-ubyte", "label 7 is 10", "0..9"),
        ["empty images"] = Spoil(TrainImages, [], "train-images-idx3-ubyte", "ends after 0 bytes", "header"),
        ["header cut"] = Spoil(TrainImages, Images(20, 3)[..10], "train-images-idx3-ubyte", "ends after 10 bytes", "header"),
        ["header of four thousand million images"] = Spoil(TestImages, Images(uint.MaxValue, 3, 10), "t10k-images-idx3-ubyte", "4294967295"),
        ["header of no images"] = Spoil(TestImages, Images(0, 3), "t10k-images-idx3-ubyte", "dimension 0", "is 0", "at least 1"),
        ["header that promises more than the file"] = Spoil(TrainImages, Images(1_000_000, 3, 20), "promises 9000000 values (1000000×3×3)", "only 180"),
        ["gzip cut in the middle"] = new(work => Train(Good(work, (TrainImages + ".gz", Packed(Images(20, 3))[..^30]), (TrainImages, null))), "train-images-idx3-ubyte.gz"),
        ["gzip of nothing"] = new(work => Train(Good(work, (TrainLabels + ".gz", [0x1f, 0x8b]), (TrainLabels, null))), "train-labels-idx1-ubyte.gz"),
        ["gzip with damaged data"] = new(work => Train(Good(work, (TrainImages + ".gz", Damaged(Packed(Images(20, 3)))), (TrainImages, null))), "train-images-idx3-ubyte.gz", "damaged or cut off"),
        ["gzip whose header promises more than it can hold"] = new(
            work => Train(Good(work, (TrainImages + ".gz", Packed(Images(100_000_000, 3, 20))), (TrainImages, null))), "train-images-idx3-ubyte.gz", "promises 900000000 values", "cannot hold more than"),
        ["labels missing"] = new(work => Train(Good(work, (TrainLabels, null))), "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "missing"),
        ["missing folder"] = new(work => Train(work, "nowhere"), "nowhere", "no such folder"),
        ["folder without data"] = new(work => Train(Only(work, ("idx/readme.txt", [1]))), "found neither train-images-idx3-ubyte nor t10k-images-idx3-ubyte"),
        ["a file where the folder belongs"] = new(work => Train(Only(work, ("idx", [1]))), "idx", "no such folder"),
        ["more training examples than there are"] = new(work => Train(Good(work), "idx", "--set", "data.trainCount=21"), "21 examples to train", "holds 20"),
        ["one pair of files and no counts"] = new(work => Train(Good(work, (TestImages, null), (TestLabels, null))), "only one pair of files with 20 examples", "test count"),
        ["one pair of files and too high counts"] = new(
            work => Train(Good(work, (TestImages, null), (TestLabels, null)), "idx", "--set", "data.trainCount=15", "--set", "data.testCount=6"), "15 examples to train", "6 to test", "holds 20"),
        ["test images of another size"] = Spoil(TestImages, Images(10, 4), "4×4", "3×3"),
    };

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Train_BadIdxFile_IsRefusedInOneSentence(string name) => s_cases[name].ProveAsync();

    [Fact]
    public async Task Train_GoodIdxFiles_IsDone()
    {
        using var work = new Sandbox();
        CliRun outcome = await CliRun.OfAsync(Train(Good(work)));
        Assert.True(outcome.Code == 0, outcome.Error);
    }

    private static BadCase Spoil(string file, byte[] bytes, params string[] says) => new(work => Train(Good(work, (file, bytes))), says);

    private static string[] Train(Sandbox work, string folder = "idx", params string[] more)
    {
        string run = work.Write("idx.json", """
            { "name": "idx", "data": { "kind": "idx" }, "model": { "layers": [{ "kind": "dense", "outputs": 10 }], "loss": "softmaxCrossEntropy" },
              "training": { "epochs": 1 } }
            """);
        return work.Train(run, [.. more, "--data-dir", work.PathOf(folder), "--json"]);
    }

    // The four files as they should be, but for those that are given; null leaves one out.
    private static Sandbox Good(Sandbox work, params (string Name, byte[]? Bytes)[] instead)
    {
        var files = new Dictionary<string, byte[]?>
        {
            [TrainImages] = Images(20, 3),
            [TrainLabels] = Labels(20),
            [TestImages] = Images(10, 3),
            [TestLabels] = Labels(10),
        };
        foreach ((string name, byte[]? bytes) in instead) files[name] = bytes;
        return Only(work, [.. files.Select(file => (file.Key, file.Value))]);
    }

    private static Sandbox Only(Sandbox work, params (string Name, byte[]? Bytes)[] files)
    {
        foreach ((string name, byte[]? bytes) in files)
            if (bytes is not null) work.Write(name, bytes);
        return work;
    }

    // The header may promise another number than the file holds.
    private static byte[] Images(uint promised, int size, int? held = null)
    {
        int count = held ?? (int)promised;
        byte[] bytes = new byte[16 + count * size * size];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, 2051);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), promised);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(8), size);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(12), size);
        for (int i = 16; i < bytes.Length; i++) bytes[i] = (byte)(i * 37);
        return bytes;
    }

    private static byte[] Labels(int count, params (int At, byte Label)[] wrong)
    {
        byte[] bytes = new byte[8 + count];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, 2049);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), count);
        for (int i = 0; i < count; i++) bytes[8 + i] = (byte)(i % 10);
        foreach ((int at, byte label) in wrong) bytes[8 + at] = label;
        return bytes;
    }

    private static byte[] Packed(byte[] bytes)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Optimal)) gzip.Write(bytes);
        return memory.ToArray();
    }

    // The reserved block type 3 right after the ten bytes of the header.
    private static byte[] Damaged(byte[] packed)
    {
        packed[10] = 0xFF;
        return packed;
    }
}
