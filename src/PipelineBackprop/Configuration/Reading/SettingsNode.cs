using System.Globalization;
using System.Text.Json;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Configuration.Reading;

/// <summary>A JSON value that knows its place: where it was written, and its path among the settings.</summary>
internal sealed class SettingsNode
{
    public required JsonValueKind Kind { get; set; }

    /// <summary>The file and line, or the override, that this value came from.</summary>
    public required string Origin { get; init; }

    /// <summary>The settings from the root to here, joined by dots; empty for the root.</summary>
    public required string Path { get; init; }

    /// <summary>The decoded text of a string, the digits of a number.</summary>
    public string Text { get; init; } = "";

    /// <summary>The members of an object in the order of the file.</summary>
    public List<KeyValuePair<string, SettingsNode>> Members { get; } = [];

    /// <summary>The elements of a list.</summary>
    public List<SettingsNode> Items { get; } = [];

    public SettingsNode? Member(string name) => Members.Find(member => member.Key == name).Value;

    public string PathOf(string member) => Path.Length == 0 ? member : $"{Path}.{member}";

    public string PathOf(int index) => PathOf(index.ToString(CultureInfo.InvariantCulture));

    /// <summary>The node at a path below this one, or the nearest of its ancestors that was written.</summary>
    public SettingsNode Nearest(string path)
    {
        SettingsNode node = this;
        foreach (string part in path.Split('.'))
        {
            SettingsNode? next = node.Kind == JsonValueKind.Array && int.TryParse(part, CultureInfo.InvariantCulture, out int index)
                ? node.Items.ElementAtOrDefault(index)
                : node.Member(part);
            if (next is null) return node;
            node = next;
        }
        return node;
    }

    /// <summary>The value in words, as it was written.</summary>
    public string Describe() => Kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => $"\"{Text}\"",
        JsonValueKind.Number => Text,
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "null",
    };

    /// <summary>The exception for a fault of this value; what it quotes is shown on one line.</summary>
    public InvalidInputException Fault(string sentence) => new(OneLine.Of($"{Origin}: {sentence}"));
}
