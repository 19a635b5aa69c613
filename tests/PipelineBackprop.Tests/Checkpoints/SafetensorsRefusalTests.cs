using PipelineBackprop.Checkpoints;
using Xunit;

namespace PipelineBackprop.Tests.Checkpoints;

public sealed class SafetensorsRefusalTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("safetensors");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>A header, the number of data bytes after it, and what the sentence says after naming the file.</summary>
    [Theory]
    [InlineData("", 0, "has a header that does not begin with '{'")]
    [InlineData("[]", 0, "has a header that does not begin with '{'")]
    [InlineData(" {}", 0, "has a header that does not begin with '{'")]
    [InlineData("{", 0, "has a header that is not valid JSON at line 1, byte 2")]
    [InlineData("{} x", 0, "has a header that is not valid JSON at line 1, byte 4")]
    [InlineData("{}{}", 0, "has a header that is not valid JSON at line 1, byte 3")]
    [InlineData("{\"a\":{\"dtype\":NaN}}", 0, "has a header that is not valid JSON at line 1, byte 15")]
    [InlineData("{\"\\ud800\":{}}", 0, "has a header with half a surrogate pair in a text")]
    [InlineData("{}", 4, "describes 0 bytes of data, but 4 bytes follow its header")]
    [InlineData("{\"a\":1}", 0, "has 'a' in its header as something other than an object")]
    [InlineData("{\"a\":{}}", 0, "gives tensor 'a' no dtype")]
    [InlineData("{\"\":{}}", 0, "has a tensor with an empty name")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,0]}}", 0, "gives tensor 'a' no shape")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[0]}}", 0, "gives tensor 'a' no data_offsets")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", 0, "gives tensor 'a' two values of dtype")]
    [InlineData("{\"a\":{\"shape\":[],\"shape\":[]}}", 0, "gives tensor 'a' two values of shape")]
    [InlineData("{\"a\":{\"stride\":[1]}}", 0, "gives tensor 'a' the unknown key 'stride'; dtype, shape and data_offsets are known")]
    [InlineData("{\"a\":{\"dtype\":\"I64\"}}", 0, "gives tensor 'a' the dtype 'I64', where F32, F64, F16 or BF16 can be read")]
    [InlineData("{\"a\":{\"dtype\":\"f32\"}}", 0, "gives tensor 'a' the dtype 'f32', where F32, F64, F16 or BF16 can be read")]
    [InlineData("{\"a\":{\"dtype\":7}}", 0, "gives tensor 'a' a dtype that is not a text")]
    [InlineData("{\"a\":{\"shape\":3}}", 0, "gives tensor 'a' a shape that is not an array")]
    [InlineData("{\"a\":{\"shape\":[1,1,1,1,1]}}", 0, "gives tensor 'a' a shape of more than 4 numbers")]
    [InlineData("{\"a\":{\"shape\":[2,-1]}}", 0, "gives tensor 'a' a shape whose entry 1 is not a whole number from 0 to 2147483647")]
    [InlineData("{\"a\":{\"shape\":[1.5]}}", 0, "gives tensor 'a' a shape whose entry 0 is not a whole number from 0 to 2147483647")]
    [InlineData("{\"a\":{\"shape\":[1e3]}}", 0, "gives tensor 'a' a shape whose entry 0 is not a whole number from 0 to 2147483647")]
    [InlineData("{\"a\":{\"shape\":[[1]]}}", 0, "gives tensor 'a' a shape whose entry 0 is not a whole number from 0 to 2147483647")]
    [InlineData("{\"a\":{\"shape\":[4294967296]}}", 0, "gives tensor 'a' a shape whose entry 0 is not a whole number from 0 to 2147483647")]
    [InlineData("{\"a\":{\"data_offsets\":[0,99999999999999999999]}}", 0, "gives tensor 'a' a data_offsets whose entry 1 is not a whole number from 0 to 9223372036854775807")]
    [InlineData("{\"a\":{\"data_offsets\":[0,4,8]}}", 0, "gives tensor 'a' a data_offsets of more than 2 numbers")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4]}}", 4, "gives tensor 'a' 1 data_offsets, where 2 are needed")]
    [InlineData("{\"a\":{\"dtype\":\"F64\",\"shape\":[2147483647,2147483647,2147483647,4],\"data_offsets\":[0,4]}}", 4, "gives tensor 'a' the shape [2147483647, 2147483647, 2147483647, 4], which holds more than 2147483591 numbers")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[65536,65536],\"data_offsets\":[0,0]}}", 0, "gives tensor 'a' the shape [65536, 65536], which holds more than 2147483591 numbers")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,20]}}", 20, "gives tensor 'a' of [2, 3] F32 the data_offsets [0, 20], where 24 bytes are needed")]
    [InlineData("{\"a\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "gives tensor 'a' of [1] F16 the data_offsets [0, 4], where 2 bytes are needed")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "gives tensor 'a' of [1] F32 the data_offsets [4, 0], where 4 bytes are needed")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1000000000],\"data_offsets\":[0,4000000000]}}", 4, "describes 4000000000 bytes of data up to the end of tensor 'a', but 4 bytes follow its header")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 8, "describes 4 bytes of data up to the end of tensor 'a', but 8 bytes follow its header")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "has tensor 'a' begin at byte 4 of the data, which leaves a gap after the data that ends at byte 0")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "has tensor 'b' begin at byte 4 of the data, which overlaps the tensor that ends at byte 8")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "has tensor 'b' begin at byte 0 of the data, which overlaps the tensor that ends at byte 4")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "names 'a' twice in its header")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"\\u0061\":{}}", 4, "names 'a' twice in its header")]
    [InlineData("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "names '__metadata__' twice in its header")]
    [InlineData("{\"__metadata__\":{\"k\":1}}", 0, "has metadata 'k' that is not a text")]
    [InlineData("{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}}", 0, "names metadata 'k' twice")]
    [InlineData("{\"a\\nb\":{}}", 0, "gives tensor 'a?b' no dtype")]
    [InlineData("{\"a\":{\"shape\":[[[[[[[[[[", 0, "gives tensor 'a' a shape whose entry 0 is not a whole number from 0 to 2147483647")]
    public async Task A_header_that_lies_is_one_sentence(string header, int dataBytes, string expected)
    {
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => SafetensorsBytes.ReadAsync(SafetensorsBytes.File(header, new byte[dataBytes]), Token));
        Assert.Equal($"The safetensors file 'weights' {expected}.", error.Message);
    }

    [Theory]
    [InlineData(new byte[0], "has 0 bytes, where the length of the header alone takes 8")]
    [InlineData(new byte[] { 2, 0, 0, 0, 0, 0, 0 }, "has 7 bytes, where the length of the header alone takes 8")]
    [InlineData(new byte[] { 3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D }, "claims a header of 3 bytes, but only 2 follow")]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 0x7B, 0x7D }, "claims a header of 18446744073709551615 bytes, where at most 100000000 are allowed")]
    [InlineData(new byte[] { 1, 0xE1, 0xF5, 5, 0, 0, 0, 0, 0x7B, 0x7D }, "claims a header of 100000001 bytes, where at most 100000000 are allowed")]
    [InlineData(new byte[] { 0, 0xE1, 0xF5, 5, 0, 0, 0, 0, 0x7B, 0x7D }, "claims a header of 100000000 bytes, but only 2 follow")]
    [InlineData(new byte[] { 4, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x22, 0xFF, 0x22 }, "has a header that is not valid UTF-8")]
    public async Task A_prefix_that_lies_is_one_sentence(byte[] bytes, string expected)
    {
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => SafetensorsBytes.ReadAsync(bytes, Token));
        Assert.Equal($"The safetensors file 'weights' {expected}.", error.Message);
    }

    [Fact]
    public async Task A_long_name_is_shortened_in_the_sentence()
    {
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => SafetensorsBytes.ReadAsync(SafetensorsBytes.File($$$"""{"{{{new string('n', 5000)}}}":{}}"""), Token));
        Assert.Contains($"'{new string('n', 80)}…'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_claimed_size_costs_no_memory_before_it_is_checked()
    {
        byte[] bytes = SafetensorsBytes.File("""{"a":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4000000000]}}""");
        long before = GC.GetAllocatedBytesForCurrentThread();
        await Assert.ThrowsAsync<InvalidInputException>(() => SafetensorsBytes.ReadAsync(bytes, Token));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public async Task A_missing_file_and_a_directory_are_named()
    {
        string missing = Path.Combine(_folder.FullName, "none", "w.safetensors");
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => SafetensorsReader.ReadAsync(missing, Token));
        Assert.Equal($"The safetensors file '{missing}' does not exist.", error.Message);
        error = await Assert.ThrowsAsync<InvalidInputException>(() => SafetensorsReader.ReadAsync(_folder.FullName, Token));
        Assert.StartsWith($"The safetensors file '{_folder.FullName}' cannot be opened: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_shrinks_while_it_is_read_is_refused()
    {
        byte[] bytes = SafetensorsBytes.File("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 0, 0);
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => SafetensorsReader.ReadAsync(new Shrinking(bytes, bytes.Length + 2), "weights", Token));
        Assert.Equal($"The safetensors file 'weights' became shorter than its {bytes.Length + 2} bytes while it was read.", error.Message);
    }

    private sealed class Shrinking(byte[] bytes, long claimed) : MemoryStream(bytes)
    {
        public override long Length => claimed;
    }
}
