using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PipelineBackprop.Configuration.Reading;

/// <summary>Puts an assignment such as <c>optimizer.learningRate=0.05</c> or <c>model.layers.0.outputs=64</c> into the settings read.</summary>
internal static partial class SettingsOverride
{
    public static void Apply(SettingsNode root, string assignment, string? origin = null)
    {
        origin ??= $"--set {assignment}";
        int equals = assignment.IndexOf('=', StringComparison.Ordinal);
        string path = equals < 0 ? "" : assignment[..equals].Trim();
        if (path.Length == 0 || path.Split('.').Contains(""))
            throw new InvalidInputException($"{origin}: an override is written setting=value, as in optimizer.learningRate=0.05.");
        if (BracketedIndex().Replace(path, ".$1") is { } dotted && dotted != path)
            throw new InvalidInputException($"{origin}: '{path}' is no setting, because the places of a list are written with dots; did you mean '{dotted}'?");
        string given = assignment[(equals + 1)..], trimmed = given.Trim();
        string text = trimmed.Length > 0 ? trimmed : given; // a delimiter may be a blank
        SettingsNode value = SettingsParser.TryParse(text, origin, path)
            ?? new SettingsNode { Kind = JsonValueKind.String, Text = text, Origin = origin, Path = path };
        Put(root, path.Split('.'), value, origin);
    }

    private static void Put(SettingsNode root, ReadOnlySpan<string> parts, SettingsNode value, string origin)
    {
        SettingsNode node = root;
        for (int i = 0; i < parts.Length; i++)
        {
            bool last = i == parts.Length - 1;
            if (node.Kind == JsonValueKind.Array)
            {
                int index = Index(node, parts[i], origin);
                if (last) node.Items[index] = value;
                node = node.Items[index] = last ? value : Opened(node.Items[index], origin);
            }
            else
            {
                string name = parts[i];
                int index = node.Members.FindIndex(member => member.Key == name);
                SettingsNode next = last ? value
                    : index >= 0 ? Opened(node.Members[index].Value, origin)
                    : new SettingsNode { Kind = JsonValueKind.Object, Origin = origin, Path = node.PathOf(name) };
                if (index >= 0) node.Members[index] = new(name, next);
                else node.Members.Add(new(name, next));
                node = next;
            }
        }

        // A value without settings of its own makes room for them; a name becomes the kind it stands for.
        static SettingsNode Opened(SettingsNode node, string origin)
        {
            if (node.Kind is JsonValueKind.Object or JsonValueKind.Array) return node;
            var opened = new SettingsNode { Kind = JsonValueKind.Object, Origin = origin, Path = node.Path };
            if (node.Kind == JsonValueKind.String) opened.Members.Add(new("kind", node));
            return opened;
        }
    }

    private static int Index(SettingsNode list, string part, string origin)
    {
        if (int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < list.Items.Count) return index;
        if (list.Items.Count == 0) throw new InvalidInputException($"{origin}: '{list.Path}' is an empty list, so it has no '{part}' to change; set the whole list.");
        throw new InvalidInputException(string.Create(
            CultureInfo.InvariantCulture,
            $"{origin}: '{list.Path}' is a list of {list.Items.Count}, so '{part}' must be a whole number from 0 to {list.Items.Count - 1}."));
    }

    [GeneratedRegex(@"\[(\d+)\]", RegexOptions.CultureInvariant)]
    private static partial Regex BracketedIndex();
}
