using System.Text.Json;

namespace PipelineBackprop.Cli.Tests.Kill;

/// <summary>One line of --json.</summary>
/// <param name="Name">started, step, checkpoint, evaluation, summary; "cut" for a line that a kill cut short.</param>
/// <param name="Step">The step it is about, or the first one of "started"; -1 where there is none.</param>
internal sealed record ProgramEvent(string Name, long Step)
{
    public static ProgramEvent TryParse(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            string name = root.GetProperty("event").GetString()!;
            bool has = root.TryGetProperty(name == "started" ? "firstStep" : "step", out JsonElement step);
            return new ProgramEvent(name, has ? step.GetInt64() : -1);
        }
        catch (JsonException)
        {
            return new ProgramEvent("cut", -1);
        }
    }
}
