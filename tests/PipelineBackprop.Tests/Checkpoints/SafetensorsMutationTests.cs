using System.Buffers.Binary;
using CsCheck;
using PipelineBackprop.Checkpoints;
using Xunit;

namespace PipelineBackprop.Tests.Checkpoints;

public sealed class SafetensorsMutationTests
{
    private static readonly NamedTensor[] Valid =
    [
        new("layers.0.weight", [2, 3], new[] { 1f, 2f, 3f, 4f, 5f, 6f }),
        new("layers.0.bias", [2], new[] { 0f, -1f }),
        new("scale", [], new[] { 0.5f }),
        new("empty", [0, 4], Array.Empty<float>()),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_truncation_and_every_extension_is_refused()
    {
        byte[] bytes = await SafetensorsBytes.WriteAsync(Valid);
        for (int length = 0; length < bytes.Length; length++)
            await Assert.ThrowsAsync<InvalidInputException>(() => SafetensorsBytes.ReadAsync(bytes[..length], Token));
        await Assert.ThrowsAsync<InvalidInputException>(() => SafetensorsBytes.ReadAsync([.. bytes, 0], Token));
    }

    [Fact]
    public async Task Every_flipped_bit_is_refused_or_read_without_losing_a_byte()
    {
        byte[] bytes = await SafetensorsBytes.WriteAsync(Valid);
        int refused = 0;
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            byte[] changed = [.. bytes];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            refused += await RefusesOrReadsAllAsync(changed) ? 1 : 0;
        }
        Assert.InRange(refused, bytes.Length, bytes.Length * 8);
    }

    [Fact]
    public Task Random_changes_are_refused_or_read_without_losing_a_byte() =>
        (from tensors in TensorGen.Tensors
         from places in Gen.Int[0, int.MaxValue].Array[1, 6]
         from values in Gen.Byte.Array[places.Length]
         from cut in Gen.Frequency((3, Gen.Const(0)), (1, Gen.Int[0, 40]))
         select (tensors, places, values, cut)).SampleAsync(async change =>
        {
            byte[] bytes = await SafetensorsBytes.WriteAsync(change.tensors);
            foreach ((int place, byte value) in change.places.Zip(change.values))
                bytes[place % bytes.Length] = value;
            await RefusesOrReadsAllAsync(bytes[..Math.Max(0, bytes.Length - change.cut)]);
        }, iter: 2000);

    /// <summary>
    /// A change of a name or a number may read as another valid file; then the bytes of its tensors must still be all the data there is. Any
    /// exception but <see cref="InvalidInputException"/> escapes and fails the test.
    /// </summary>
    private static async Task<bool> RefusesOrReadsAllAsync(byte[] bytes)
    {
        SafetensorsFile file;
        try
        {
            file = await SafetensorsBytes.ReadAsync(bytes);
        }
        catch (InvalidInputException error)
        {
            Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
            return true;
        }
        long dataBytes = bytes.Length - 8 - BinaryPrimitives.ReadInt64LittleEndian(bytes);
        string header = System.Text.Encoding.UTF8.GetString(bytes, 8, (int)(bytes.Length - 8 - dataBytes));
        if (!header.Contains("F64", StringComparison.Ordinal) && !header.Contains("F16", StringComparison.Ordinal))
            Assert.Equal(dataBytes, file.Tensors.Sum(tensor => (long)tensor.Count * (tensor.ElementType == Tensors.ElementType.Float64 ? 8 : 4)));
        return false;
    }
}
