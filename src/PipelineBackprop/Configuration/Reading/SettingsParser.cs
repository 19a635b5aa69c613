using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PipelineBackprop.Configuration.Reading;

/// <summary>Reads JSON text into nodes that know their line; comments and trailing commas are allowed, a name given twice is a fault.</summary>
internal ref struct SettingsParser
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly string _source;
    private readonly bool _numbered;
    private Utf8JsonReader _reader;
    private int _line = 1;
    private int _counted;

    private SettingsParser(ReadOnlySpan<byte> bytes, string source, bool numbered)
    {
        _bytes = bytes;
        _source = source;
        _numbered = numbered;
        _reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
    }

    /// <summary>Reads the text of a file.</summary>
    public static SettingsNode Parse(string text, string source)
    {
        if (string.IsNullOrWhiteSpace(text)) throw new InvalidInputException($"{source} is empty, but must hold the settings of a run as JSON.");
        try
        {
            return Read(text, source, path: "", numbered: true);
        }
        catch (JsonException e)
        {
            throw new InvalidInputException(string.Create(
                CultureInfo.InvariantCulture, $"{source}, line {e.LineNumber + 1}: this is not JSON: {Reason(e)}."), e);
        }
    }

    /// <summary>Reads one value that did not come from a file; null when it is no JSON.</summary>
    public static SettingsNode? TryParse(string text, string origin, string path)
    {
        try
        {
            return Read(text, origin, path, numbered: false);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static SettingsNode Read(string text, string source, string path, bool numbered)
    {
        var parser = new SettingsParser(Encoding.UTF8.GetBytes(text), source, numbered);
        parser._reader.Read();
        SettingsNode node = parser.ReadValue(path);
        parser._reader.Read(); // throws on anything after the value
        return node;
    }

    private SettingsNode ReadValue(string path)
    {
        var node = new SettingsNode
        {
            Kind = _reader.TokenType switch
            {
                JsonTokenType.StartObject => JsonValueKind.Object,
                JsonTokenType.StartArray => JsonValueKind.Array,
                JsonTokenType.String => JsonValueKind.String,
                JsonTokenType.Number => JsonValueKind.Number,
                JsonTokenType.True => JsonValueKind.True,
                JsonTokenType.False => JsonValueKind.False,
                _ => JsonValueKind.Null,
            },
            Origin = Origin(),
            Path = path,
            Text = _reader.TokenType switch
            {
                JsonTokenType.String => ReadString(),
                JsonTokenType.Number => Encoding.UTF8.GetString(_reader.ValueSpan),
                _ => "",
            },
        };
        if (node.Kind == JsonValueKind.Object) ReadMembers(node);
        if (node.Kind == JsonValueKind.Array) ReadItems(node);
        return node;
    }

    private void ReadMembers(SettingsNode parent)
    {
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
        {
            string name = ReadString();
            string path = parent.PathOf(name), origin = Origin();
            if (parent.Member(name) is { } first)
            {
                string where = _numbered ? first.Origin[(_source.Length + 2)..] : "the same value";
                throw new InvalidInputException($"{origin}: setting '{path}' is given twice, first in {where}; keep one of the two.");
            }
            _reader.Read();
            parent.Members.Add(new(name, ReadValue(path)));
        }
    }

    private void ReadItems(SettingsNode parent)
    {
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray) parent.Items.Add(ReadValue(parent.PathOf(parent.Items.Count)));
    }

    private string ReadString()
    {
        try
        {
            return _reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidInputException($"{Origin()}: the text is no valid Unicode.", e);
        }
    }

    private string Origin()
    {
        if (!_numbered) return _source;
        int start = (int)_reader.TokenStartIndex;
        _line += _bytes[_counted..start].Count((byte)'\n');
        _counted = start;
        return string.Create(CultureInfo.InvariantCulture, $"{_source}, line {_line}");
    }

    // The reader's message ends in its own count of lines, from 0, and may be two sentences.
    private static string Reason(JsonException e)
    {
        string message = e.Message;
        int end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).TrimEnd('.').Replace(". ", ", ", StringComparison.Ordinal);
    }
}
