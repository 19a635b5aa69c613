using System.Text.Json;
using System.Text.Json.Serialization;

namespace PipelineBackprop.Configuration.Reading;

/// <summary>Writes 0 as "auto" and every other number as itself.</summary>
internal sealed class AutoNumberConverter : JsonConverter<int>
{
    public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String ? 0 : reader.GetInt32();

    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options)
    {
        if (value == 0) writer.WriteStringValue(AutoAcceptedAttribute.Text);
        else writer.WriteNumberValue(value);
    }
}
