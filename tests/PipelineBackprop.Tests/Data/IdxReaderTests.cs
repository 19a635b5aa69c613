using PipelineBackprop.Data;
using Xunit;

namespace PipelineBackprop.Tests.Data;

public sealed class IdxReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ReadDataset_scales_pixels_and_keeps_labels_whatever_the_name_says(bool packed)
    {
        byte[] images = IdxBytes.Images(3, 2, 2, i => (byte)(i * 20)), labels = IdxBytes.Labels(9, 0, 4);
        string imagesPath = _folder.Write(packed ? "images" : "images.gz", packed ? IdxBytes.Gzip(images) : images);
        string labelsPath = _folder.Write("labels", packed ? IdxBytes.Gzip(labels) : labels);

        Dataset dataset = IdxReader.ReadDataset("three", imagesPath, labelsPath);

        Assert.Equal((3, 4, 1, 10, 2, 2), (dataset.Count, dataset.InputWidth, dataset.TargetWidth, dataset.ClassCount, dataset.ImageHeight, dataset.ImageWidth));
        Assert.Equal([80 / 255f, 100 / 255f, 120 / 255f, 140 / 255f], dataset.Row(1));
        Assert.Equal([9f, 0f, 4f], dataset.Targets.ToArray());
        Assert.Equal("7", dataset.ClassNames![7]);
    }

    [Fact]
    public void Read_accepts_any_number_of_dimensions_from_1_to_8()
    {
        string path = _folder.Write("cube", IdxBytes.Make(0x804, [2, 1, 3, 1], [1, 2, 3, 4, 5, 6]));

        IdxArray array = IdxReader.Read(path);

        Assert.Equal([2, 1, 3, 1], array.Dimensions);
        Assert.Equal([1, 2, 3, 4, 5, 6], array.Values.ToArray());
    }

    [Fact]
    public void Read_gzip_larger_than_one_chunk_returns_every_byte()
    {
        byte[] values = new byte[3_000_001];
        for (int i = 0; i < values.Length; i++) values[i] = (byte)(i * 7 ^ i >> 9);
        string path = _folder.Write("large", IdxBytes.Gzip(IdxBytes.Make(2049, [3_000_001], values)));

        Assert.Equal(values, IdxReader.Read(path).Values.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(100_000)]
    public void Read_gzip_of_several_members_returns_every_byte(int firstMember)
    {
        byte[] values = new byte[200_000];
        new Random(1).NextBytes(values);
        byte[] all = IdxBytes.Make(2049, [200_000], values);
        string path = _folder.Write("members", [.. IdxBytes.Gzip(all[..firstMember]), .. IdxBytes.Gzip([]), .. IdxBytes.Gzip(all[firstMember..])]);

        Assert.Equal(values, IdxReader.Read(path).Values.ToArray());
    }

    [Theory]
    [InlineData(30)]
    [InlineData(100_000)]
    public void Read_gzip_cut_anywhere_near_its_end_or_followed_by_other_bytes_is_refused(int count)
    {
        byte[] values = new byte[count];
        new Random(2).NextBytes(values);
        byte[] packed = IdxBytes.Gzip(IdxBytes.Make(2049, [(uint)count], values));
        List<byte[]> bad = [.. Enumerable.Range(1, 12).Select(cut => packed[..^cut]), [.. packed, 0], [.. packed, 1, 2, 3], [.. packed, .. "<html>"u8], [.. packed, .. new byte[512]]];
        foreach (byte[] content in bad)
        {
            string path = _folder.Write("bad.gz", content);
            OneSentence.Require(Assert.Throws<InvalidInputException>(() => IdxReader.Read(path)).Message, path, "damaged or cut off");
        }
    }

    [Fact]
    public void Read_of_a_pipe_says_that_a_file_is_needed()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no pipes among its files.");
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.Out);
        string path = $"/proc/self/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}";

        OneSentence.Require(Assert.Throws<InvalidInputException>(() => IdxReader.Read(path)).Message, path, "pipe");
    }

    public static TheoryData<string, byte[], string[]> BadImages => new()
    {
        { "empty file", [], ["ends after 0 bytes"] },
        { "three bytes", [0, 0, 8], ["ends after 3 bytes"] },
        { "header cut off", IdxBytes.Images(2, 3, 3)[..13], ["ends after 13 bytes"] },
        { "labels instead of images", IdxBytes.Labels(1, 2), ["2049", "2051"] },
        { "little-endian magic", [3, 8, 0, 0, .. new byte[20]], [$"{0x03080000}", "2051"] },
        { "text", "label,pixel0,pixel1\n1,2,3\n"u8.ToArray(), ["2051"] },
        { "float type", IdxBytes.Make(0xD03, [1, 1, 1], new byte[4]), [$"{0xD03}", "2051"] },
        { "truncated by one", IdxBytes.Images(2, 3, 3)[..^1], ["18", "17"] },
        { "truncated to header", IdxBytes.Images(2, 3, 3)[..16], ["18 values", "only 0"] },
        { "one byte too many", [.. IdxBytes.Images(2, 3, 3), 7], ["18", "1 bytes too many"] },
        { "many bytes too many", [.. IdxBytes.Images(2, 3, 3), .. new byte[5000]], ["18", "5000 bytes too many"] },
        { "count of zero", IdxBytes.Make(2051, [0, 28, 28], []), ["dimension 0", "is 0"] },
        { "width of zero", IdxBytes.Make(2051, [5, 28, 0], []), ["dimension 2", "is 0"] },
        { "count that lies", IdxBytes.Make(2051, [60000, 28, 28], new byte[784]), ["47040000", "784"] },
        { "sizes that overflow 32 bits", IdxBytes.Make(2051, [65536, 65536, 1], new byte[10]), ["dimension 1", "65536"] },
        { "sizes that overflow 64 bits", IdxBytes.Make(2051, [uint.MaxValue, uint.MaxValue, uint.MaxValue], new byte[10]), ["dimension 0", "4294967295"] },
        { "negative size", IdxBytes.Make(2051, [2, 0x80000000, 1], new byte[10]), ["dimension 1", "2147483648"] },
        { "packed, count that lies", IdxBytes.Gzip(IdxBytes.Make(2051, [60000, 28, 28], new byte[784])), ["47040000", "packed bytes"] },
        { "packed, a little short", IdxBytes.Gzip(IdxBytes.Images(2, 3, 3)[..^1]), ["18", "17"] },
        { "packed, a little long", IdxBytes.Gzip([.. IdxBytes.Images(2, 3, 3), 1, 2]), ["18", "2 bytes too many"] },
        { "packed, wrong magic", IdxBytes.Gzip(IdxBytes.Labels(1)), ["2049", "2051"] },
        { "packed, empty", IdxBytes.Gzip([]), ["ends after 0 bytes"] },
        { "packed, garbage", [0x1F, 0x8B, .. "this is not deflate data"u8], ["gzip data is damaged"] },
        { "packed, cut off", IdxBytes.Gzip(IdxBytes.Images(20, 9, 9, i => (byte)(i * i >> 3)))[..300], ["cut off"] },
        { "packed, wrong checksum", BreakChecksum(IdxBytes.Gzip(IdxBytes.Images(2, 3, 3))), ["gzip data is damaged"] },
    };

    [Theory]
    [MemberData(nameof(BadImages))]
    public void ReadImages_of_a_bad_file_says_in_one_sentence_what_is_wrong(string name, byte[] content, string[] parts)
    {
        string path = _folder.Write("bad-images", content);

        var fault = Assert.Throws<InvalidInputException>(() => IdxReader.ReadImages(path));

        Assert.NotEmpty(name);
        OneSentence.Require(fault.Message, [path, .. parts]);
    }

    [Theory]
    [InlineData(new byte[] { 1, 2, 3 }, "3 labels", "2 images")]
    [InlineData(new byte[] { 1 }, "1 labels", "2 images")]
    [InlineData(new byte[] { 1, 10 }, "label 1 is 10", "0..9")]
    [InlineData(new byte[] { 255, 0 }, "label 0 is 255", "0..9")]
    public void ReadDataset_with_labels_that_do_not_fit_names_both_numbers(byte[] labels, string found, string expected)
    {
        string imagesPath = _folder.Write("images", IdxBytes.Images(2, 2, 2)), labelsPath = _folder.Write("labels", IdxBytes.Labels(labels));

        var fault = Assert.Throws<InvalidInputException>(() => IdxReader.ReadDataset("two", imagesPath, labelsPath));

        OneSentence.Require(fault.Message, labelsPath, found, expected);
    }

    [Fact]
    public void ReadLabels_of_images_names_both_magic_numbers()
    {
        string path = _folder.Write("labels", IdxBytes.Images(1, 1, 1));
        OneSentence.Require(Assert.Throws<InvalidInputException>(() => IdxReader.ReadLabels(path)).Message, path, "2051", "2049");
    }

    [Fact]
    public void Read_of_too_many_dimensions_names_the_magic_number()
    {
        string path = _folder.Write("nine", IdxBytes.Make(0x809, [1, 1, 1, 1, 1, 1, 1, 1, 1], [1]));
        OneSentence.Require(Assert.Throws<InvalidInputException>(() => IdxReader.Read(path)).Message, path, $"{0x809}", $"{0x808}");
    }

    [Fact]
    public void ReadImages_of_a_missing_file_or_a_folder_names_the_path()
    {
        OneSentence.Require(Assert.Throws<InvalidInputException>(() => IdxReader.ReadImages(_folder.At("none"))).Message, _folder.At("none"), "no such file");
        OneSentence.Require(Assert.Throws<InvalidInputException>(() => IdxReader.ReadImages(_folder.Path)).Message, $"{_folder.Path}: it is a folder, but ");
    }

    [Fact]
    public void Read_of_a_header_that_lies_allocates_no_more_than_the_file_holds()
    {
        // One mebibyte of zeros packs into about a kibibyte, which by the ratio alone might hold the 800,000 values short of the promise.
        string path = _folder.Write("lie", IdxBytes.Gzip(IdxBytes.Make(2049, [900_000_000], new byte[1 << 20])));
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<InvalidInputException>(() => IdxReader.ReadLabels(path));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    private static byte[] BreakChecksum(byte[] packed)
    {
        packed[^6] ^= 0x55;
        return packed;
    }
}
