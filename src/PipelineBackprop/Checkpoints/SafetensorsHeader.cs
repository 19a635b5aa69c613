using System.Text.Json;
using System.Text.Unicode;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Checkpoints;

/// <summary>
/// Reads the JSON header of a safetensors file and checks every number in it before anyone allocates by it: known keys once each, known formats,
/// shapes within one array, sizes that match, and offsets that cover the data without overlap or gap.
/// </summary>
/// <param name="file">The file as messages name it.</param>
internal sealed class SafetensorsHeader(string file)
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<TensorEntry> _entries = [];
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    /// <summary>The free text of the file.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Reads a header that is followed by <paramref name="dataBytes"/> bytes and returns its tensors in the order of their bytes.</summary>
    /// <exception cref="InvalidInputException">The header is not what the format allows.</exception>
    public IReadOnlyList<TensorEntry> Parse(ReadOnlySpan<byte> json, long dataBytes)
    {
        if (json.IsEmpty || json[0] != '{')
            throw Refuse("has a header that does not begin with '{'");
        if (!Utf8.IsValid(json))
            throw Refuse("has a header that is not valid UTF-8");
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
            ReadTensors(ref reader);
        }
        catch (JsonException error)
        {
            throw new InvalidInputException(
                $"{file} has a header that is not valid JSON at line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}.", error);
        }
        catch (InvalidOperationException error)
        {
            // The only text that Utf8JsonReader cannot hand over from valid UTF-8 is an escaped half of a surrogate pair.
            throw new InvalidInputException($"{file} has a header with half a surrogate pair in a text.", error);
        }
        return CheckLayout(dataBytes);
    }

    private void ReadTensors(ref Utf8JsonReader reader)
    {
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (!_names.Add(name))
                throw Refuse($"names {Quote(name)} twice in its header");
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                throw Refuse($"has {Quote(name)} in its header as something other than an object");
            if (name == "__metadata__")
                ReadMetadata(ref reader);
            else
                _entries.Add(ReadEntry(ref reader, name));
        }
        // One read past the end lets the JSON reader refuse anything but white space there.
        reader.Read();
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw Refuse($"has metadata {Quote(key)} that is not a text");
            if (!_metadata.TryAdd(key, reader.GetString()!))
                throw Refuse($"names metadata {Quote(key)} twice");
        }
    }

    private TensorEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        if (name.Length == 0)
            throw Refuse("has a tensor with an empty name");
        ElementType? type = null;
        List<long>? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            bool again = key switch { "dtype" => type.HasValue, "shape" => shape is not null, "data_offsets" => offsets is not null, _ => false };
            if (again)
                throw Refuse($"gives tensor {Quote(name)} two values of {key}");
            reader.Read();
            switch (key)
            {
                case "dtype": type = ReadType(ref reader, name); break;
                case "shape": shape = ReadNumbers(ref reader, name, key, NamedTensor.MaxRank, int.MaxValue); break;
                case "data_offsets": offsets = ReadNumbers(ref reader, name, key, 2, long.MaxValue); break;
                default: throw Refuse($"gives tensor {Quote(name)} the unknown key {Quote(key)}; dtype, shape and data_offsets are known");
            }
        }
        if (type is null || shape is null || offsets is null)
            throw Refuse($"gives tensor {Quote(name)} no {(type is null ? "dtype" : shape is null ? "shape" : "data_offsets")}");
        return CheckEntry(name, type.Value, [.. shape.Select(extent => (int)extent)], offsets);
    }

    private ElementType ReadType(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw Refuse($"gives tensor {Quote(name)} a dtype that is not a text");
        string text = reader.GetString()!;
        return ElementTypes.TryParse(text, out ElementType type)
            ? type
            : throw Refuse($"gives tensor {Quote(name)} the dtype {Quote(text)}, where F32, F64, F16 or BF16 can be read");
    }

    private List<long> ReadNumbers(ref Utf8JsonReader reader, string name, string key, int maxCount, long maxValue)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Refuse($"gives tensor {Quote(name)} a {key} that is not an array");
        var numbers = new List<long>(maxCount);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (numbers.Count == maxCount)
                throw Refuse($"gives tensor {Quote(name)} a {key} of more than {maxCount} numbers");
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0 || number > maxValue)
                throw Refuse($"gives tensor {Quote(name)} a {key} whose entry {numbers.Count} is not a whole number from 0 to {maxValue}");
            numbers.Add(number);
        }
        return numbers;
    }

    private TensorEntry CheckEntry(string name, ElementType type, int[] shape, List<long> offsets)
    {
        if (offsets.Count != 2)
            throw Refuse($"gives tensor {Quote(name)} {offsets.Count} data_offsets, where 2 are needed");
        if (!NamedTensor.TryCount(shape, out long count))
            throw Refuse($"gives tensor {Quote(name)} the shape {NamedTensor.Show(shape)}, which holds more than {Array.MaxLength} numbers");
        var entry = new TensorEntry(name, type, shape, count, offsets[0], offsets[1]);
        long needed = count * ElementTypes.Size(type);
        if (entry.End < entry.Begin || entry.End - entry.Begin != needed)
            throw Refuse($"gives tensor {Quote(name)} of {entry.Describe()} the data_offsets [{entry.Begin}, {entry.End}], where {needed} bytes are needed");
        return entry;
    }

    private List<TensorEntry> CheckLayout(long dataBytes)
    {
        // The sort is stable, so empty tensors at one offset stay in header order.
        List<TensorEntry> ordered = [.. _entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End)];
        long covered = 0;
        foreach (TensorEntry entry in ordered)
        {
            if (entry.Begin != covered)
                throw Refuse($"has tensor {Quote(entry.Name)} begin at byte {entry.Begin} of the data, which {(entry.Begin < covered ? "overlaps the tensor" : "leaves a gap after the data")} that ends at byte {covered}");
            covered = entry.End;
        }
        if (covered != dataBytes)
            throw Refuse($"describes {covered} bytes of data{(ordered.Count == 0 ? "" : $" up to the end of tensor {Quote(ordered[^1].Name)}")}, but {dataBytes} bytes follow its header");
        return ordered;
    }

    private InvalidInputException Refuse(string what) => new($"{file} {what}.");

    /// <summary>A text from the file in a form that fits on one line of a message.</summary>
    private static string Quote(string text)
    {
        string shown = text.Length <= 80 ? text : string.Concat(text.AsSpan(0, 80), "…");
        return $"'{OneLine.Of(shown)}'";
    }
}
