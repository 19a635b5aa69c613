using System.Text.Json;

namespace PipelineBackprop.Cli.Output;

/// <summary>How a run file writes a choice.</summary>
internal static class SettingName
{
    /// <summary><c>allButLast</c>.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
