using System.Globalization;
using System.Text;

namespace PipelineBackprop.Checkpoints;

/// <summary>
/// A named block of float32 numbers in host memory, row-major, of rank 0 to 4: what a weights file or a checkpoint holds. Immutable; the numbers are
/// borrowed, not copied, so they must stay unchanged while a writer uses them.
/// </summary>
public sealed class NamedTensor
{
    /// <summary>The largest rank that a file may hold.</summary>
    public const int MaxRank = 4;

    /// <summary>Names a block of numbers.</summary>
    /// <param name="name">Such as <c>layers.0.weight</c>: not empty, well-formed Unicode, and not <c>__metadata__</c>, which the file format keeps for itself.</param>
    /// <param name="shape">0 to 4 extents, each at least 0; their product (1 for no extents) is the length of <paramref name="data"/>.</param>
    /// <param name="data">The numbers, last extent fastest.</param>
    /// <exception cref="ArgumentException">The name is not usable, or the shape does not match the length of the data.</exception>
    public NamedTensor(string name, IReadOnlyList<int> shape, ReadOnlyMemory<float> data)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(shape);
        if (!IsUsableName(name))
            throw new ArgumentException($"'{name}' cannot name a tensor: it is reserved or holds half a surrogate pair.", nameof(name));
        int[] extents = [.. shape];
        if (!TryCount(extents, out long count) || count != data.Length)
            throw new ArgumentException($"Tensor '{name}' of shape {Show(extents)} cannot hold {data.Length} numbers.", nameof(shape));
        (Name, Shape, Data) = (name, Array.AsReadOnly(extents), data);
    }

    /// <summary>The name, such as <c>layers.0.weight</c>.</summary>
    public string Name { get; }

    /// <summary>0 to 4 extents, slowest first; a dense layer's weight is [out, in].</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>The numbers, row-major.</summary>
    public ReadOnlyMemory<float> Data { get; }

    /// <summary>The name and shape, such as <c>layers.0.weight [2, 3]</c>.</summary>
    public override string ToString() => $"{Name} {Show(Shape)}";

    /// <summary>True for a name that a file can hold and give back unchanged.</summary>
    internal static bool IsUsableName(string name) => name.Length > 0 && name != "__metadata__" && IsWellFormed(name);

    /// <summary>True when the text is valid UTF-16, so that UTF-8 can hold it unchanged.</summary>
    internal static bool IsWellFormed(string text)
    {
        for (ReadOnlySpan<char> rest = text; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out int used) != System.Buffers.OperationStatus.Done)
                return false;
            rest = rest[used..];
        }
        return true;
    }

    /// <summary>The product of the extents; false when the rank, an extent or the product is outside what one array can hold.</summary>
    internal static bool TryCount(ReadOnlySpan<int> shape, out long count)
    {
        count = 1;
        if (shape.Length > MaxRank)
            return false;
        foreach (int extent in shape)
        {
            // Both factors are below 2^31 here, so the product cannot overflow.
            count *= extent;
            if (extent < 0 || count > Array.MaxLength)
                return false;
        }
        return true;
    }

    /// <summary>A shape as text, such as <c>[2, 3]</c>.</summary>
    internal static string Show(IEnumerable<int> shape) =>
        $"[{string.Join(", ", shape.Select(extent => extent.ToString(CultureInfo.InvariantCulture)))}]";
}
