using System.Reflection;

namespace PipelineBackprop.Configuration.Reading;

/// <summary>Marks a text that must be one of the names a catalogue lists in its static property <c>Names</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class KnownNamesAttribute(Type catalogue) : Attribute
{
    /// <summary>The ending of a file that may be named instead, such as <c>.csv</c>; null (default) when none may.</summary>
    public string? FileExtension { get; init; }

    public IReadOnlyList<string> Names => (IReadOnlyList<string>)catalogue
        .GetProperty("Names", BindingFlags.Public | BindingFlags.Static)!
        .GetValue(null)!;
}
