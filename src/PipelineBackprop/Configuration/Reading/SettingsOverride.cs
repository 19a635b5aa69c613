using System.Globalization;
using System.Text.Json;

namespace PipelineBackprop.Configuration.Reading;

/// <summary>Puts an assignment such as <c>optimizer.learningRate=0.05</c> or <c>model.layers.0.outputs=64</c> into the settings read.</summary>
internal static class SettingsOverride
{
    public static void Apply(SettingsNode root, string assignment, string? origin = null)
    {
        origin ??= $"--set {assignment}";
        int equals = assignment.IndexOf('=', StringComparison.Ordinal);
        string path = equals < 0 ? "" : assignment[..equals].Trim();
        if (path.Length == 0 || path.Split('.').Contains(""))
            throw new InvalidInputException($"{origin}: an override is written setting=value, as in optimizer.learningRate=0.05.");
        string text = assignment[(equals + 1)..].Trim();
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
                node = node.Items[index] = last ? value : Opened(node.Items[index]);
            }
            else
            {
                string name = parts[i];
                int index = node.Members.FindIndex(member => member.Key == name);
                SettingsNode next = last ? value
                    : index >= 0 ? Opened(node.Members[index].Value)
                    : new SettingsNode { Kind = JsonValueKind.Object, Origin = origin, Path = node.PathOf(name) };
                if (index >= 0) node.Members[index] = new(name, next);
                else node.Members.Add(new(name, next));
                node = next;
            }
        }

        // A value without settings of its own makes room for them; a name becomes the kind it stands for.
        static SettingsNode Opened(SettingsNode node)
        {
            if (node.Kind is JsonValueKind.Object or JsonValueKind.Array) return node;
            var opened = new SettingsNode { Kind = JsonValueKind.Object, Origin = node.Origin, Path = node.Path };
            if (node.Kind == JsonValueKind.String) opened.Members.Add(new("kind", node));
            return opened;
        }
    }

    private static int Index(SettingsNode list, string part, string origin)
    {
        if (int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < list.Items.Count) return index;
        throw new InvalidInputException(string.Create(
            CultureInfo.InvariantCulture,
            $"{origin}: '{list.Path}' is a list of {list.Items.Count}, so '{part}' must be a whole number from 0 to {list.Items.Count - 1}."));
    }
}
