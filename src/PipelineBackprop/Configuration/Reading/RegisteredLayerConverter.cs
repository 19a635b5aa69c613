using System.Text.Json;
using System.Text.Json.Serialization;

namespace PipelineBackprop.Configuration.Reading;

/// <summary>Writes the kind and the settings side by side, as the other layers are written. Reading is the binder's.</summary>
internal sealed class RegisteredLayerConverter : JsonConverter<RegisteredLayerSettings>
{
    public override RegisteredLayerSettings Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Settings are read by the binder, which knows lines and ranges.");

    public override void Write(Utf8JsonWriter writer, RegisteredLayerSettings value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", value.Kind);
        foreach ((string name, JsonElement setting) in value.Settings)
        {
            writer.WritePropertyName(name);
            setting.WriteTo(writer);
        }
        writer.WriteEndObject();
    }
}
