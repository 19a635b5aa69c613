using System.Text.Json;

namespace PipelineBackprop.Configuration;

/// <summary>Trains the same network once per value of one setting. Immutable.</summary>
public sealed record CompareSettings
{
    /// <summary>The setting that changes, as in an override: optimizer.weightDecay.lambda.</summary>
    public required string Setting { get; init; }

    /// <summary>Its values, at least one: numbers, texts, true or false.</summary>
    public required IReadOnlyList<JsonElement> Values { get; init; }
}
