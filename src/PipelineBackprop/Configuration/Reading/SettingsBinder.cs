using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Configuration.Reading;

/// <summary>
/// Turns nodes into the records of this room. What a file leaves out keeps the value the record starts with; every fault names the place, the value
/// found and what would be right.
/// </summary>
internal static class SettingsBinder
{
    private const string Kind = "kind";

    /// <summary>Binds an object to a record.</summary>
    /// <param name="node">The settings read.</param>
    /// <param name="type">The record, or the family of records whose member the setting "kind" chooses.</param>
    /// <param name="defaults">A record whose values hold for what is left out.</param>
    public static object Bind(SettingsNode node, Type type, object? defaults = null)
    {
        IReadOnlyList<KeyValuePair<string, Type>> kinds = SettingProperty.Kinds(type);
        node = NameAsObject(node, type);
        if (node.Kind != JsonValueKind.Object) throw node.Fault(MustBe(node, Expected(type)));
        if (type == typeof(LayerSettings) && RegisteredLayers.Kinds.FirstOrDefault(kind => kind.Name == node.Member(Kind)?.Text) is { } layer)
            return RegisteredLayers.Bind(node, layer);
        if (kinds.Count > 0) type = ChooseKind(node, type, kinds, defaults);
        object record = Start(type, defaults);
        IReadOnlyList<SettingProperty> properties = SettingProperty.Of(type);
        foreach ((string name, SettingsNode value) in node.Members)
        {
            if (kinds.Count > 0 && name == Kind) continue;
            SettingProperty property = properties.FirstOrDefault(property => property.Name == name) ?? throw Unknown(node, name, value, properties, kinds, type);
            property.Property.SetValue(record, BindValue(value, property, property.Type, property.Property.GetValue(record)));
        }
        SettingProperty? missing = properties.FirstOrDefault(property => property.IsRequired && node.Member(property.Name) is null);
        return missing is null
            ? record
            : throw node.Fault($"{Place(node)} lacks the setting '{missing.Name}', {SettingsExpectation.Of(missing, missing.Type)}.");
    }

    private static object? BindValue(SettingsNode node, SettingProperty property, Type type, object? defaults)
    {
        if (node.Kind == JsonValueKind.Null && property.IsNullable) return null;
        if (type.IsGenericType) return BindList(node, property, type.GenericTypeArguments[0]);
        if (type == typeof(JsonElement)) return BindScalar(node);
        if (SettingsExpectation.IsRecord(type)) return Bind(node, type, defaults);
        return SettingsScalar.Read(node, property, type) ?? throw node.Fault(MustBe(node, SettingsExpectation.Of(property, type, node)));
    }

    private static IList BindList(SettingsNode node, SettingProperty property, Type element)
    {
        bool isSingle = property.SingleAccepted && node.Kind is not (JsonValueKind.Array or JsonValueKind.Object);
        if (node.Kind != JsonValueKind.Array && !isSingle) throw node.Fault(MustBe(node, SettingsExpectation.Of(property, property.Type)));
        IReadOnlyList<SettingsNode> items = isSingle ? [node] : node.Items;
        var list = Array.CreateInstance(element, items.Count);
        for (int i = 0; i < list.Length; i++) list.SetValue(BindValue(items[i], property, element, null), i);
        return list;
    }

    private static object BindScalar(SettingsNode node) => node.Kind is JsonValueKind.Object or JsonValueKind.Array
        ? throw node.Fault(MustBe(node, "a number, a text, true, false or null"))
        : ScalarOf(node);

    /// <summary>A number, text, true, false or null as it was written.</summary>
    public static JsonElement ScalarOf(SettingsNode node) =>
        JsonSerializer.SerializeToElement(node.Kind switch
        {
            JsonValueKind.String => node.Text,
            JsonValueKind.Number => JsonDocument.Parse(node.Text).RootElement,
            JsonValueKind.Null => null,
            _ => (object)(node.Kind == JsonValueKind.True),
        });

    private static SettingsNode NameAsObject(SettingsNode node, Type type)
    {
        if (node.Kind != JsonValueKind.String || !type.IsDefined(typeof(NameAcceptedAttribute))) return node;
        var named = new SettingsNode { Kind = JsonValueKind.Object, Origin = node.Origin, Path = node.Path };
        named.Members.Add(new(Kind, node));
        return named;
    }

    private static Type ChooseKind(SettingsNode node, Type family, IReadOnlyList<KeyValuePair<string, Type>> kinds, object? defaults)
    {
        IReadOnlyList<string> names = SettingProperty.KindNames(family);
        string known = string.Join(", ", names);
        if (node.Member(Kind) is not { } chosen)
            return defaults?.GetType() ?? throw node.Fault($"{Place(node)} lacks the setting 'kind', one of {known}.");
        if (chosen.Kind != JsonValueKind.String) throw chosen.Fault(MustBe(chosen, $"one of {known}"));
        return kinds.FirstOrDefault(kind => kind.Key == chosen.Text).Value
            ?? throw chosen.Fault($"'{chosen.Path}' is \"{chosen.Text}\", but must be one of {known}{SettingsExpectation.DidYouMean(chosen.Text, names)}.");
    }

    // A record is copied before it is filled, so that the defaults stay as they are.
    private static object Start(Type type, object? defaults) => defaults?.GetType() == type
        ? type.GetMethod("<Clone>$", BindingFlags.Public | BindingFlags.Instance)!.Invoke(defaults, null)!
        : Activator.CreateInstance(type)!;

    private static InvalidInputException Unknown(
        SettingsNode parent, string name, SettingsNode value, IReadOnlyList<SettingProperty> properties, IReadOnlyList<KeyValuePair<string, Type>> kinds, Type type)
    {
        IEnumerable<string> known = [.. kinds.Count > 0 ? [Kind] : Array.Empty<string>(), .. properties.Select(property => property.Name).Where(known => known[0] != '$')];
        string of = kinds.FirstOrDefault(kind => kind.Value == type).Key is { } chosen ? $" of kind {chosen}" : "";
        string help = NearestName.Of(name, known) is { } nearest ? $"did you mean '{nearest}'?" : $"known{(of.Length == 0 ? " here" : of)}: {string.Join(", ", known)}.";
        return value.Fault($"unknown setting '{parent.PathOf(name)}'; {help}");
    }

    private static string Expected(Type type) => SettingProperty.KindNames(type) is { Count: > 0 } names
        ? $"an object whose kind is one of {string.Join(", ", names)}"
        : $"an object with the settings {string.Join(", ", SettingProperty.Of(type).Select(property => property.Name).Where(name => name[0] != '$'))}";

    private static string MustBe(SettingsNode node, string expected) =>
        string.Create(CultureInfo.InvariantCulture, $"{Place(node)} is {node.Describe()}, but must be {expected}.");

    private static string Place(SettingsNode node) => node.Path.Length == 0 ? "the run file" : $"'{node.Path}'";
}
