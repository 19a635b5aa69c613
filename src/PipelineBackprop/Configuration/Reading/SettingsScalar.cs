using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace PipelineBackprop.Configuration.Reading;

/// <summary>Reads one value of a simple type.</summary>
internal static class SettingsScalar
{
    /// <summary>The value, or null when it does not fit the type or the range.</summary>
    public static object? Read(SettingsNode node, SettingProperty property, Type type)
    {
        if (type == typeof(bool)) return node.Kind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null };
        if (type == typeof(string)) return ReadText(node, property);
        if (type.IsEnum) return ReadName(node, type);
        if (property.AutoAccepted && node is { Kind: JsonValueKind.String, Text: AutoAcceptedAttribute.Text }) return 0;
        if (node.Kind != JsonValueKind.Number) return null;
        double number = double.Parse(node.Text, CultureInfo.InvariantCulture);
        if (!double.IsFinite(number) || property.Range?.Contains(number) == false) return null;
        return type == typeof(double) ? number : ReadWhole(node.Text, type);
    }

    /// <summary>The names of an enumeration as files write them.</summary>
    public static IEnumerable<string> Names(Type type) => Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName);

    private static string? ReadText(SettingsNode node, SettingProperty property)
    {
        if (property.NumberAccepted && node.Kind == JsonValueKind.Number)
            return ReadWhole(node.Text, typeof(int)) is int position ? position.ToString(CultureInfo.InvariantCulture) : null;
        bool known = property.Names?.Contains(node.Text) != false
            || (property.FileExtension is { } extension && node.Text.EndsWith(extension, StringComparison.OrdinalIgnoreCase));
        return node.Kind == JsonValueKind.String && known ? node.Text : null;
    }

    private static object? ReadName(SettingsNode node, Type type)
    {
        string? name = node.Kind == JsonValueKind.String ? Enum.GetNames(type).FirstOrDefault(name => JsonNamingPolicy.CamelCase.ConvertName(name) == node.Text) : null;
        return name is null ? null : Enum.Parse(type, name);
    }

    // 128.0 and 1e3 are whole numbers too.
    public static object? ReadWhole(string text, Type type)
    {
        const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        // Keeps the digits of a number that fits no type from being counted out.
        if (!(Math.Abs(double.Parse(text, CultureInfo.InvariantCulture)) < 1e20)) return null;
        if (!BigInteger.TryParse(text, Styles, CultureInfo.InvariantCulture, out BigInteger value)) return null;
        if (type == typeof(int)) return value >= int.MinValue && value <= int.MaxValue ? (int)value : null;
        if (type == typeof(long)) return value >= long.MinValue && value <= long.MaxValue ? (long)value : null;
        return value >= 0 && value <= ulong.MaxValue ? (ulong)value : null;
    }
}
