using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PipelineBackprop.Configuration.Reading;

/// <summary>One setting as its record declares it: name, type and what it may hold.</summary>
internal sealed class SettingProperty
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<SettingProperty>> s_known = new();

    private SettingProperty(PropertyInfo property)
    {
        Property = property;
        Name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
        IsRequired = property.IsDefined(typeof(RequiredMemberAttribute));
        Range = property.GetCustomAttribute<SettingRangeAttribute>();
        Names = property.GetCustomAttribute<KnownNamesAttribute>()?.Names;
        FileExtension = property.GetCustomAttribute<KnownNamesAttribute>()?.FileExtension;
        NumberAccepted = property.IsDefined(typeof(NumberAcceptedAttribute));
        AutoAccepted = property.IsDefined(typeof(AutoAcceptedAttribute));
        SingleAccepted = property.IsDefined(typeof(SingleAcceptedAttribute));
        IsNullable = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
        Type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
    }

    public PropertyInfo Property { get; }

    public string Name { get; }

    public Type Type { get; }

    public bool IsRequired { get; }

    public bool IsNullable { get; }

    public SettingRangeAttribute? Range { get; }

    public IReadOnlyList<string>? Names { get; }

    /// <summary>The ending of a file that may stand in place of one of <see cref="Names"/>, or null.</summary>
    public string? FileExtension { get; }

    public bool NumberAccepted { get; }

    public bool AutoAccepted { get; }

    public bool SingleAccepted { get; }

    /// <summary>The settings of a record, inherited ones included.</summary>
    public static IReadOnlyList<SettingProperty> Of(Type type) => s_known.GetOrAdd(type, static type =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).Select(property => new SettingProperty(property))]);

    /// <summary>The names a family's "kind" may have: those of <see cref="Kinds"/> and, for layers, the other registered ones.</summary>
    public static IReadOnlyList<string> KindNames(Type type) =>
        [.. Kinds(type).Select(kind => kind.Key), .. type == typeof(LayerSettings) ? RegisteredLayers.Kinds.Select(kind => kind.Name) : []];

    /// <summary>The kinds of a family of records by the name in a file; empty for a record on its own.</summary>
    public static IReadOnlyList<KeyValuePair<string, Type>> Kinds(Type type) =>
        [.. type.GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false).Where(kind => kind.TypeDiscriminator is not null).Select(kind => KeyValuePair.Create((string)kind.TypeDiscriminator!, kind.DerivedType))];
}
