using System.Text.Json.Serialization;

namespace PipelineBackprop.Configuration;

/// <summary>Where the examples come from. Immutable.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(DigitsDataSettings), "digits")]
[JsonDerivedType(typeof(IdxDataSettings), "idx")]
[JsonDerivedType(typeof(CsvDataSettings), "csv")]
[JsonDerivedType(typeof(LinearDataSettings), "linear")]
public abstract record DataSettings
{
    private protected DataSettings() { }

    /// <summary>These settings with paths made absolute.</summary>
    internal virtual DataSettings WithFullPaths() => this;
}
