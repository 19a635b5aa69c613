using PipelineBackprop.Checkpoints;
using Xunit;

namespace PipelineBackprop.Tests.Checkpoints;

public sealed class SafetensorsConversionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Float64_is_rounded_to_the_nearest_float32_where_that_is_asked_for() =>
        Assert.Equal(new[] { 0.1f, float.NegativeInfinity, 1f }, await ReadAsync("F64", [.. new[] { 0.1, double.NegativeInfinity, 1 + 1e-12 }.SelectMany(BitConverter.GetBytes)]));

    [Fact]
    public async Task Float16_is_exact_with_subnormals_and_infinity() =>
        Assert.Equal(new[] { 1f, -2f, 65504f, 5.9604645e-8f, float.PositiveInfinity }, await ReadAsync("F16", [0, 0x3C, 0, 0xC0, 0xFF, 0x7B, 1, 0, 0, 0x7C]));

    [Fact]
    public async Task Bfloat16_is_the_upper_half_of_float32() =>
        Assert.Equal(new[] { 1f, -3.140625f, float.NaN }, await ReadAsync("BF16", [0x80, 0x3F, 0x49, 0xC0, 0xC0, 0x7F]));

    [Fact]
    public async Task A_float64_beyond_float32_is_refused_with_its_name_and_index_where_float32_is_asked_for()
    {
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => ReadAsync("F64", [.. new[] { 1.0, -1e39 }.SelectMany(BitConverter.GetBytes)]));
        Assert.Equal("w holds -1E+39 at index 1, which is beyond the range of float32.", error.Message);
    }

    [Fact]
    public async Task Float64_keeps_its_bits_in_a_file_and_float32_the_bytes_it_had()
    {
        double[] numbers = [0.1, 1e300, -0.0, double.Epsilon, double.NegativeInfinity];
        byte[] bytes = await SafetensorsBytes.WriteAsync([new NamedTensor("narrow", [1], new[] { 0.5f }), new NamedTensor("wide", [5], numbers)]);
        Assert.Equal(
            """{"narrow":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"wide":{"dtype":"F64","shape":[5],"data_offsets":[4,44]}}""",
            System.Text.Encoding.UTF8.GetString(bytes[8..^44]).TrimEnd());
        NamedTensor wide = (await SafetensorsBytes.ReadAsync(bytes, Token)).Tensors[1];
        Assert.Equal(Tensors.ElementType.Float64, wide.ElementType);
        Assert.Equal(numbers.Select(BitConverter.DoubleToInt64Bits), wide.ToFloat64().ToArray().Select(BitConverter.DoubleToInt64Bits));
        Assert.Equal([(double)0.1f], new NamedTensor("n", [1], new[] { 0.1f }).ToFloat64().ToArray());
    }

    [Theory]
    [InlineData("F64", 8)]
    [InlineData("F16", 2)]
    [InlineData("BF16", 2)]
    public async Task A_converted_tensor_longer_than_a_chunk_comes_back(string type, int size)
    {
        const int count = 600_001;
        byte[] bytes = new byte[count * size];
        for (int i = 0; i < count; i++)
        {
            byte[] one = type switch
            {
                "F64" => BitConverter.GetBytes((double)(i % 128)),
                "F16" => BitConverter.GetBytes((Half)(i % 128)),
                _ => BitConverter.GetBytes((float)(i % 128))[2..],
            };
            one.CopyTo(bytes, i * size);
        }
        float[] numbers = await ReadAsync(type, bytes);
        Assert.Equal(Enumerable.Range(0, count).Select(i => (float)(i % 128)), numbers);
    }

    private static async Task<float[]> ReadAsync(string type, byte[] data)
    {
        int count = data.Length / (type == "F64" ? 8 : 2);
        byte[] file = SafetensorsBytes.File($$$"""{"w":{"dtype":"{{{type}}}","shape":[{{{count}}}],"data_offsets":[0,{{{data.Length}}}]}}""", data);
        return (await SafetensorsBytes.ReadAsync(file, Token)).Tensors[0].Data.ToArray();
    }
}
