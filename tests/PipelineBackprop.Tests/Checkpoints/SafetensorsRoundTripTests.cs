using System.Buffers.Binary;
using System.Text;
using CsCheck;
using PipelineBackprop.Checkpoints;
using Xunit;

namespace PipelineBackprop.Tests.Checkpoints;

public sealed class SafetensorsRoundTripTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("safetensors");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public Task Random_tensors_come_back_bit_equal_and_in_order() => TensorGen.Tensors.SampleAsync(async tensors =>
    {
        byte[] bytes = await SafetensorsBytes.WriteAsync(tensors);
        Assert.True(SafetensorsBytes.Same((await SafetensorsBytes.ReadAsync(bytes)).Tensors, tensors));
        Assert.Equal(0, BinaryPrimitives.ReadInt64LittleEndian(bytes) % 8);
    }, iter: 300);

    [Fact]
    public async Task The_bytes_are_those_of_the_format()
    {
        byte[] bytes = await SafetensorsBytes.WriteAsync(
            [new NamedTensor("a", [1, 2], new[] { 1f, -2f }), new NamedTensor("b", [], new[] { 0.5f })],
            new Dictionary<string, string> { ["format"] = "pt" });

        const string header =
            """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}""";
        string padded = header.PadRight((header.Length + 7) / 8 * 8);
        byte[] expected = SafetensorsBytes.File(padded, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0x3F);
        Assert.Equal(Encoding.Latin1.GetString(expected), Encoding.Latin1.GetString(bytes));
    }

    [Fact]
    public async Task A_file_keeps_tensors_and_metadata_and_leaves_nothing_beside_it()
    {
        string path = Path.Combine(_folder.FullName, "w.safetensors");
        NamedTensor[] tensors = [new("layers.0.weight", [2, 1], new[] { float.NaN, -0f })];
        await SafetensorsWriter.WriteAsync(path, tensors, new Dictionary<string, string> { ["größe"] = "ß\n\"😀" }, Token);

        SafetensorsFile file = await SafetensorsReader.ReadAsync(path, Token);

        Assert.True(SafetensorsBytes.Same(tensors, file.Tensors));
        Assert.Equal("ß\n\"😀", file.Metadata["größe"]);
        Assert.Single(_folder.GetFiles());
    }

    [Fact]
    public async Task A_tensor_longer_than_a_chunk_comes_back()
    {
        float[] numbers = [.. Enumerable.Range(0, 700_001).Select(i => i * 0.1f)];
        NamedTensor[] tensors = [new("first", [1], new[] { 7f }), new("long", [700_001], numbers), new("last", [], new[] { 8f })];
        Assert.True(SafetensorsBytes.Same(tensors, (await SafetensorsBytes.ReadAsync(await SafetensorsBytes.WriteAsync(tensors), Token)).Tensors));
    }

    [Fact]
    public async Task Tensors_are_found_by_offset_when_the_header_lists_them_in_another_order()
    {
        byte[] bytes = SafetensorsBytes.File(
            """{"b":{"shape":[1],"data_offsets":[4,8],"dtype":"F32"},"a":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}}""",
            0, 0, 0x80, 0x3F, 0, 0, 0, 0x40);
        SafetensorsFile file = await SafetensorsBytes.ReadAsync(bytes, Token);
        Assert.Equal(["a", "b"], file.Tensors.Select(tensor => tensor.Name));
        Assert.Equal([1f, 2f], file.Tensors.Select(tensor => tensor.Data.Span[0]));
    }

    [Fact]
    public async Task A_cancelled_write_leaves_the_old_file()
    {
        string path = Path.Combine(_folder.FullName, "w.safetensors");
        NamedTensor[] old = [new("a", [1], new[] { 1f })];
        await SafetensorsWriter.WriteAsync(path, old, null, Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            SafetensorsWriter.WriteAsync(path, [new("a", [1], new[] { 2f })], null, new CancellationToken(true)));
        Assert.True(SafetensorsBytes.Same(old, (await SafetensorsReader.ReadAsync(path, Token)).Tensors));
        Assert.Single(_folder.GetFiles());
    }

    [Fact]
    public async Task Two_tensors_of_one_name_are_refused_by_the_writer()
    {
        NamedTensor tensor = new("a", [], new[] { 1f });
        var error = await Assert.ThrowsAsync<ArgumentException>(() => SafetensorsBytes.WriteAsync([tensor, tensor]));
        Assert.Contains("'a'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("__metadata__", new[] { 1 }, 1)]
    [InlineData("", new[] { 1 }, 1)]
    [InlineData("a", new[] { 2, 3 }, 5)]
    [InlineData("a", new[] { -1, -1 }, 1)]
    [InlineData("a", new[] { 1, 1, 1, 1, 1 }, 1)]
    [InlineData("a", new[] { int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue }, 1)]
    public void A_tensor_that_no_file_can_hold_is_refused(string name, int[] shape, int length) =>
        Assert.Throws<ArgumentException>(() => new NamedTensor(name, shape, new float[length]));

    [Fact]
    public async Task Metadata_without_a_text_is_refused_by_the_writer() =>
        await Assert.ThrowsAsync<ArgumentException>(() => SafetensorsBytes.WriteAsync([], new Dictionary<string, string> { ["a"] = null! }));

    [Fact]
    public void A_name_with_half_a_surrogate_pair_is_refused() =>
        Assert.Throws<ArgumentException>(() => new NamedTensor("half\ud800", [], new float[1]));
}
