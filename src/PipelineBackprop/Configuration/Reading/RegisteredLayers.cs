using System.Text.Json;
using System.Text.Json.Nodes;
using PipelineBackprop.Layers;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Configuration.Reading;

/// <summary>Reads layers by what their registration says, so that a new kind needs no record in this room.</summary>
internal static class RegisteredLayers
{
    /// <summary>The registered kinds without a record.</summary>
    public static IReadOnlyList<LayerKind> Kinds { get; } =
        [.. LayerRegistry.Kinds.Where(kind => SettingProperty.Kinds(typeof(LayerSettings)).All(known => known.Key != kind.Name))];

    /// <summary>Binds the settings of a layer; ranges are the layer's own to check.</summary>
    public static RegisteredLayerSettings Bind(SettingsNode node, LayerKind kind)
    {
        var settings = new Dictionary<string, JsonElement>();
        foreach ((string name, SettingsNode value) in node.Members)
        {
            if (name == "kind" || value.Kind == JsonValueKind.Null) continue;
            SettingDescription setting = kind.Settings.FirstOrDefault(setting => setting.Name == name) ?? throw Unknown(node, name, value, kind);
            if (!Fits(value, setting)) throw value.Fault($"'{value.Path}' is {value.Describe()}, but must be {Expected(setting)}.");
            settings.Add(name, SettingsBinder.ScalarOf(value));
        }
        SettingDescription? missing = kind.Settings.FirstOrDefault(setting => setting.IsRequired && !settings.ContainsKey(setting.Name));
        return missing is null
            ? new RegisteredLayerSettings { Kind = kind.Name, Settings = settings }
            : throw node.Fault($"'{node.Path}' lacks the setting '{missing.Name}', {Expected(missing)}.");
    }

    /// <summary>The schema of one kind.</summary>
    public static JsonObject Schema(LayerKind kind)
    {
        var properties = new JsonObject { ["kind"] = new JsonObject { ["const"] = kind.Name } };
        foreach (SettingDescription setting in kind.Settings)
        {
            JsonObject schema = setting.Type == SettingType.Choice
                ? new JsonObject { ["enum"] = new JsonArray([.. setting.Choices.Select(choice => JsonValue.Create(choice))]) }
                : new JsonObject { ["type"] = JsonNamingPolicy.CamelCase.ConvertName(setting.Type.ToString()) };
            schema["description"] = setting.Summary;
            properties[setting.Name] = schema;
        }
        return new JsonObject
        {
            ["properties"] = properties,
            ["required"] = new JsonArray(["kind", .. kind.Settings.Where(setting => setting.IsRequired).Select(setting => JsonValue.Create(setting.Name))]),
            ["additionalProperties"] = false,
        };
    }

    private static bool Fits(SettingsNode value, SettingDescription setting) => setting.Type switch
    {
        SettingType.Boolean => value.Kind is JsonValueKind.True or JsonValueKind.False,
        SettingType.Choice => value.Kind == JsonValueKind.String && setting.Choices.Contains(value.Text),
        SettingType.Integer => value.Kind == JsonValueKind.Number && SettingsScalar.ReadWhole(value.Text, typeof(int)) is not null,
        _ => value.Kind == JsonValueKind.Number,
    };

    private static string Expected(SettingDescription setting) => setting.Type switch
    {
        SettingType.Boolean => "true or false",
        SettingType.Choice => $"one of {string.Join(", ", setting.Choices)}",
        SettingType.Integer => "a whole number",
        _ => "a number",
    };

    private static InvalidInputException Unknown(SettingsNode node, string name, SettingsNode value, LayerKind kind)
    {
        string[] known = ["kind", .. kind.Settings.Select(setting => setting.Name)];
        string help = NearestName.Of(name, known) is { } nearest ? $"did you mean '{nearest}'?" : $"known of kind {kind.Name}: {string.Join(", ", known)}.";
        return value.Fault($"unknown setting '{node.PathOf(name)}'; {help}");
    }
}
