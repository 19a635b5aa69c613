using System.Text.Json;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>Reads the reference values that lie in the output folder.</summary>
internal static class Golden
{
    internal static JsonElement Load(string file, string list)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Fixtures", file)));
        return document.RootElement.GetProperty(list).Clone();
    }

    /// <summary>Numbers of any nesting, in order.</summary>
    internal static double[] Numbers(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray().SelectMany(Numbers)] : [element.GetDouble()];

    internal static double[] Numbers(this JsonElement element, string property) => element.GetProperty(property).Numbers();

    /// <summary>A number, or the fallback where it is missing.</summary>
    internal static double Number(this JsonElement element, string property, double fallback = 0) =>
        element.TryGetProperty(property, out JsonElement value) ? value.GetDouble() : fallback;
}
