using System.Globalization;
using System.Text.Json;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Configuration.Reading;

/// <summary>Says in words what a setting may hold.</summary>
internal static class SettingsExpectation
{
    /// <summary>What would be right for the setting, or for an element of its list when <paramref name="type"/> is the element's.</summary>
    /// <param name="property">The setting.</param>
    /// <param name="type">Its type or its element's.</param>
    /// <param name="found">The value that does not fit, to suggest a name near it.</param>
    public static string Of(SettingProperty property, Type type, SettingsNode? found = null)
    {
        string orNull = property.IsNullable && !property.Type.IsGenericType ? " or null" : "";
        if (type.IsGenericType) return $"{(property.SingleAccepted ? "a value or a list" : "a list")}, each {Of(property, type.GenericTypeArguments[0])}";
        if (type == typeof(bool)) return "true or false" + orNull;
        if (property.Names is { } names)
            return OneOf(names, found, property.FileExtension is { } extension ? $", or a file ending in {extension}" : "") + orNull;
        if (type.IsEnum) return OneOf([.. SettingsScalar.Names(type)], found) + orNull;
        if (type == typeof(string)) return (property.NumberAccepted ? "a text or a whole number" : "a text") + orNull;
        if (IsRecord(type)) return "an object" + orNull;
        if (type == typeof(JsonElement)) return "a number, a text, true or false";
        return Number(property.Range, type, found) + (property.AutoAccepted ? " or \"auto\"" : "") + orNull;
    }

    /// <summary>Whether a type is one of this room's records.</summary>
    public static bool IsRecord(Type type) => type is { IsClass: true } && type != typeof(string);

    /// <summary>The suggestion to end a sentence with, or nothing.</summary>
    public static string DidYouMean(string name, IEnumerable<string> known) => NearestName.Of(name, known) is { } nearest ? $" (did you mean \"{nearest}\"?)" : "";

    private static string Number(SettingRangeAttribute? range, Type type, SettingsNode? found)
    {
        if (type == typeof(double)) return "a number" + (range?.Describe() ?? "");
        string most = type == typeof(int) ? "2147483647" : type == typeof(long) ? "9223372036854775807" : "18446744073709551615";
        double least = range?.Minimum ?? (type == typeof(ulong) ? 0 : double.NegativeInfinity);
        bool tooLarge = found is { Kind: JsonValueKind.Number } && double.Parse(found.Text, CultureInfo.InvariantCulture) >= double.Parse(most, CultureInfo.InvariantCulture);
        if (range is { } given && (double.IsFinite(given.Maximum) || !tooLarge)) return "a whole number" + given.Describe();
        if (tooLarge) return string.Create(CultureInfo.InvariantCulture, $"a whole number of at least {least} and at most {most}");
        return double.IsFinite(least) ? string.Create(CultureInfo.InvariantCulture, $"a whole number of at least {least}") : "a whole number";
    }

    private static string OneOf(IReadOnlyList<string> names, SettingsNode? found, string orFile = "") =>
        $"one of {string.Join(", ", names)}{orFile}" + (found is { Kind: JsonValueKind.String } ? DidYouMean(found.Text, names) : "");
}
