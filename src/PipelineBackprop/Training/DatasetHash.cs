using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PipelineBackprop.Data;

namespace PipelineBackprop.Training;

/// <summary>Tells data sets apart by their numbers: the first 64 bits of the SHA-256 of the inputs and of the targets. Computed once a data set; thread-safe.</summary>
internal sealed class DatasetHash
{
    private const int ChunkNumbers = 1 << 20;

    private static readonly ConditionalWeakTable<Dataset, DatasetHash> s_known = [];

    private DatasetHash(Dataset data) => (Inputs, Targets) = (HashOf(data.Inputs.Span), HashOf(data.Targets.Span));

    /// <summary>Of the inputs.</summary>
    public long Inputs { get; }

    /// <summary>Of the targets.</summary>
    public long Targets { get; }

    /// <summary>The hash of a data set, from now on kept as long as that lives.</summary>
    public static DatasetHash Of(Dataset data) => s_known.GetValue(data, unknown => new DatasetHash(unknown));

    private static long HashOf(ReadOnlySpan<float> numbers)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // The bytes of all numbers may be more than a span holds.
        for (; !numbers.IsEmpty; numbers = numbers[Math.Min(ChunkNumbers, numbers.Length)..])
            hash.AppendData(MemoryMarshal.AsBytes(numbers[..Math.Min(ChunkNumbers, numbers.Length)]));
        return BinaryPrimitives.ReadInt64LittleEndian(hash.GetHashAndReset());
    }
}
