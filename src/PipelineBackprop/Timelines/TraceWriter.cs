using System.Text.Json;
using PipelineBackprop.Diagnostics;

namespace PipelineBackprop.Timelines;

/// <summary>
/// Writes a step in the trace event format that Perfetto and chrome://tracing read: one track a stage, above each the track of what was predicted; complete
/// events (ph X) that nest as step ⊃ action ⊃ transfer, in microseconds. A pure function.
/// </summary>
public static class TraceWriter
{
    private const int Process = 1;

    /// <summary>The bytes of a .json file, UTF-8.</summary>
    /// <param name="comparison">The step.</param>
    /// <param name="title">What the trace is called.</param>
    public static byte[] Write(StepComparison comparison, string title)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        ArgumentNullException.ThrowIfNull(title);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("displayTimeUnit", "ms");
            json.WriteStartArray("traceEvents");
            WriteName(json, "process_name", 0, title);
            for (int stage = 0; stage < comparison.StageCount; stage++)
            {
                WriteTrack(json, 2 * stage, FormattableString.Invariant($"stage {stage} predicted"));
                WriteTrack(json, 2 * stage + 1, FormattableString.Invariant($"stage {stage}"));
                foreach (TimelineEvent one in comparison.PredictedEvents(stage)) WriteEvent(json, stage, 2 * stage, one);
                foreach (TimelineEvent one in comparison.Measured.Stages[stage]) WriteEvent(json, stage, 2 * stage + 1, one);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static void WriteTrack(Utf8JsonWriter json, int track, string name)
    {
        WriteName(json, "thread_name", track, name);
        json.WriteStartObject();
        WriteHead(json, "thread_sort_index", "M", track);
        json.WriteStartObject("args");
        json.WriteNumber("sort_index", track);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteName(Utf8JsonWriter json, string what, int track, string name)
    {
        json.WriteStartObject();
        WriteHead(json, what, "M", track);
        json.WriteStartObject("args");
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteEvent(Utf8JsonWriter json, int stage, int track, TimelineEvent one)
    {
        json.WriteStartObject();
        WriteHead(json, TimelineWords.Of(stage, one), "X", track);
        json.WriteString("cat", one.Kind.ToString());
        json.WriteNumber("ts", one.Start * 1e6);
        json.WriteNumber("dur", one.Seconds * 1e6);
        json.WriteStartObject("args");
        json.WriteNumber("stage", stage);
        if (one.MicroBatch >= 0) json.WriteNumber("microBatch", one.MicroBatch);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteHead(Utf8JsonWriter json, string name, string phase, int track)
    {
        json.WriteString("name", name);
        json.WriteString("ph", phase);
        json.WriteNumber("pid", Process);
        json.WriteNumber("tid", track);
    }
}
