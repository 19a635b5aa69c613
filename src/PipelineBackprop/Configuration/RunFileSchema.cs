using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.RegularExpressions;
using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>The JSON schema of a run file, made from the records of this room: what editors complete and check.</summary>
public static class RunFileSchema
{
    /// <summary>The schema (draft 2020-12) as indented JSON that ends in a line feed.</summary>
    public static string Generate()
    {
        var options = new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Describe };
        var schema = (JsonObject)SettingsJson.Options.GetJsonSchemaAsNode(typeof(RunFile), options);
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", "A run of PipelineBackprop");
        return schema.ToJsonString(SettingsJson.Options) + "\n";
    }

    private static JsonNode Describe(JsonSchemaExporterContext context, JsonNode node)
    {
        Type type = context.TypeInfo.Type;
        if (node is not JsonObject schema) return node;
        if (schema["properties"] is JsonObject properties && SettingsExpectation.IsRecord(type)) DescribeProperties(schema, properties, type);
        if (type == typeof(LayerSettings)) schema = Layers(schema);
        return type.IsDefined(typeof(NameAcceptedAttribute), inherit: false) && context.BaseTypeInfo is null ? WithName(schema, type) : schema;
    }

    private static void DescribeProperties(JsonObject schema, JsonObject properties, Type type)
    {
        schema["additionalProperties"] = false;
        object start = Activator.CreateInstance(type)!;
        foreach (SettingProperty property in SettingProperty.Of(type))
        {
            if (properties[property.Name] is not { } found) continue;
            JsonObject described = found as JsonObject ?? [];
            if (found is not JsonObject) properties[property.Name] = described;
            if (DocumentationComments.Summary(property.Property) is { } summary) described["description"] = summary;
            if (property.NumberAccepted) AcceptPosition(described["items"] as JsonObject ?? described);
            if (IsList(property, typeof(JsonElement))) described["items"] = new JsonObject { ["type"] = new JsonArray("number", "string", "boolean", "null") };
            if (property.Names is not null) AddNames(described, property);
            if (property.AutoAccepted)
            {
                described["anyOf"] = new JsonArray(new JsonObject { ["type"] = "integer", ["minimum"] = property.Range?.Minimum, ["maximum"] = int.MaxValue }, new JsonObject { ["const"] = AutoAcceptedAttribute.Text });
                described["default"] = JsonSerializer.SerializeToNode(property.Property.GetValue(start), property.Type, SettingsJson.Options);
                continue;
            }
            if (property.SingleAccepted)
            {
                described["anyOf"] = new JsonArray(described["items"]!.DeepClone(), new JsonObject { ["type"] = "array", ["items"] = described["items"]!.DeepClone() });
                described.Remove("type");
                described.Remove("items");
            }
            AddRange(described["items"] as JsonObject ?? described, property);
            if (!property.IsRequired && property.Name[0] != '$')
                described["default"] = JsonSerializer.SerializeToNode(property.Property.GetValue(start), property.Property.PropertyType, SettingsJson.Options);
        }
    }

    private static void AddNames(JsonObject schema, SettingProperty property)
    {
        var names = new JsonArray([.. property.Names!.Select(name => JsonValue.Create(name))]);
        if (property.FileExtension is not { } extension) schema["enum"] = names;
        else schema["anyOf"] = new JsonArray(new JsonObject { ["enum"] = names }, new JsonObject { ["pattern"] = $"{AnyCase(extension)}$" });
    }

    private static string AnyCase(string text) =>
        string.Concat(text.Select(letter => char.IsLetter(letter) ? $"[{char.ToLowerInvariant(letter)}{char.ToUpperInvariant(letter)}]" : Regex.Escape(letter.ToString())));

    private static void AcceptPosition(JsonObject schema)
    {
        schema["type"] = new JsonArray("string", "integer");
        schema["minimum"] = int.MinValue;
        schema["maximum"] = int.MaxValue;
    }

    private static bool IsList(SettingProperty property, Type element) => property.Type.IsGenericType && property.Type.GenericTypeArguments[0] == element;

    private static void AddRange(JsonObject schema, SettingProperty property)
    {
        if (property.Type == typeof(ulong)) schema["minimum"] = 0;
        if (property.Range is { } range) schema[range.MinimumExclusive ? "exclusiveMinimum" : "minimum"] = range.Minimum;
        if (property.Range is { } bounded && double.IsFinite(bounded.Maximum)) schema[bounded.MaximumExclusive ? "exclusiveMaximum" : "maximum"] = bounded.Maximum;
        else if (property.Type == typeof(ulong)) schema["maximum"] = ulong.MaxValue;
        else if (property.Type == typeof(long)) schema["maximum"] = long.MaxValue;
        else if (property.Type == typeof(int) || IsList(property, typeof(int))) schema["maximum"] = int.MaxValue;
    }

    // The exporter says "anything" of a layer known by its registration alone.
    private static JsonObject Layers(JsonObject schema)
    {
        IEnumerable<JsonNode> known = schema["anyOf"]!.AsArray().Where(kind => kind is JsonObject { } described && described["properties"] is not null).Select(kind => kind!.DeepClone());
        return new JsonObject { ["type"] = "object", ["required"] = new JsonArray("kind"), ["anyOf"] = new JsonArray([.. known, .. RegisteredLayers.Kinds.Select(RegisteredLayers.Schema)]) };
    }

    // The kind alone may stand for the object where it needs no other setting.
    private static JsonObject WithName(JsonObject schema, Type type)
    {
        IEnumerable<string> names = [
            .. SettingProperty.Kinds(type).Where(kind => !SettingProperty.Of(kind.Value).Any(property => property.IsRequired)).Select(kind => kind.Key),
            .. type == typeof(LayerSettings) ? RegisteredLayers.Kinds.Where(kind => !kind.Settings.Any(setting => setting.IsRequired)).Select(kind => kind.Name) : []];
        return new JsonObject
        {
            ["anyOf"] = new JsonArray(new JsonObject { ["enum"] = new JsonArray([.. names.Select(name => JsonValue.Create(name))]) }, schema.DeepClone()),
        };
    }
}
