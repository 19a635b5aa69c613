using System.Text.Json;
using System.Text.Json.Serialization;
using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>A layer of a kind that <see cref="Layers.LayerRegistry"/> lists and that has no record of its own here.</summary>
[JsonConverter(typeof(RegisteredLayerConverter))]
public sealed record RegisteredLayerSettings : LayerSettings
{
    /// <summary>The name of the kind.</summary>
    public required string Kind { get; init; }

    /// <summary>The settings given, by name: numbers, names, true or false.</summary>
    public IReadOnlyDictionary<string, JsonElement> Settings { get; init; } = new Dictionary<string, JsonElement>();
}
