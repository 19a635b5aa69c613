using System.Globalization;
using System.Text;

namespace PipelineBackprop.Checkpoints;

/// <summary>
/// A named block of float32 or float64 numbers in host memory, row-major, of rank 0 to 4: what a weights file or a checkpoint holds. Immutable; the numbers
/// are borrowed, not copied, so they must stay unchanged while a writer uses them.
/// </summary>
public sealed class NamedTensor
{
    /// <summary>The largest rank that a file may hold.</summary>
    public const int MaxRank = 4;

    private readonly ReadOnlyMemory<float> _single;
    private readonly ReadOnlyMemory<double> _double;
    private float[]? _rounded;

    /// <summary>Names a block of float32 numbers.</summary>
    /// <param name="name">Such as <c>layers.0.weight</c>: not empty, well-formed Unicode, and not <c>__metadata__</c>, which the file format keeps for itself.</param>
    /// <param name="shape">0 to 4 extents, each at least 0; their product (1 for no extents) is the length of <paramref name="data"/>.</param>
    /// <param name="data">The numbers, last extent fastest.</param>
    /// <exception cref="ArgumentException">The name is not usable, or the shape does not match the length of the data.</exception>
    public NamedTensor(string name, IReadOnlyList<int> shape, ReadOnlyMemory<float> data) : this(name, shape, data.Length, Tensors.ElementType.Float32) => _single = data;

    /// <summary>Names a block of float64 numbers.</summary>
    /// <inheritdoc cref="NamedTensor(string, IReadOnlyList{int}, ReadOnlyMemory{float})"/>
    public NamedTensor(string name, IReadOnlyList<int> shape, ReadOnlyMemory<double> data) : this(name, shape, data.Length, Tensors.ElementType.Float64) => _double = data;

    private NamedTensor(string name, IReadOnlyList<int> shape, int length, Tensors.ElementType elementType)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(shape);
        if (!IsUsableName(name))
            throw new ArgumentException($"'{name}' cannot name a tensor: it is reserved or holds half a surrogate pair.", nameof(name));
        int[] extents = [.. shape];
        if (!TryCount(extents, out long count) || count != length)
            throw new ArgumentException($"Tensor '{name}' of shape {Show(extents)} cannot hold {length} numbers.", nameof(shape));
        (Name, Shape, ElementType, Count) = (name, Array.AsReadOnly(extents), elementType, length);
    }

    /// <summary>The name, such as <c>layers.0.weight</c>.</summary>
    public string Name { get; }

    /// <summary>0 to 4 extents, slowest first; a dense layer's weight is [out, in].</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>The format that the numbers are held in; a file keeps it.</summary>
    public Tensors.ElementType ElementType { get; }

    /// <summary>The number of numbers.</summary>
    internal int Count { get; }

    /// <summary>The numbers in float32, row-major; those of a float64 tensor are rounded to nearest, at the first use.</summary>
    /// <exception cref="InvalidInputException">A finite float64 is beyond the range of float32; names it.</exception>
    public ReadOnlyMemory<float> Data => ElementType == Tensors.ElementType.Float32 ? _single : _rounded ??= Round();

    /// <summary>The numbers in float64, row-major; those of a float32 tensor are widened, which is exact, into a new array.</summary>
    public ReadOnlyMemory<double> ToFloat64() =>
        ElementType == Tensors.ElementType.Float64 ? _double : Array.ConvertAll(_single.ToArray(), number => (double)number);

    /// <summary>The name and shape, such as <c>layers.0.weight [2, 3]</c>.</summary>
    public override string ToString() => $"{Name} {Show(Shape)}";

    /// <summary>The same numbers under another name.</summary>
    internal NamedTensor WithName(string name) =>
        ElementType == Tensors.ElementType.Float32 ? new NamedTensor(name, Shape, _single) : new NamedTensor(name, Shape, _double);

    /// <summary>Whether rounding to float32 keeps every finite number finite.</summary>
    /// <exception cref="InvalidInputException">One is beyond the range of float32; names it.</exception>
    internal void RequireFloat32Range()
    {
        ReadOnlySpan<double> numbers = _double.Span;
        for (int i = 0; i < numbers.Length; i++)
        {
            if (double.IsFinite(numbers[i]) && !float.IsFinite((float)numbers[i]))
                throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"{Name} holds {numbers[i]} at index {i}, which is beyond the range of float32."));
        }
    }

    private float[] Round()
    {
        RequireFloat32Range();
        return Array.ConvertAll(_double.ToArray(), number => (float)number);
    }

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
