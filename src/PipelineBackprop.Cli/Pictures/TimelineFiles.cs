using PipelineBackprop.Timelines;

namespace PipelineBackprop.Cli.Pictures;

/// <summary>Where the pictures of a step lie.</summary>
/// <param name="Svg">The picture.</param>
/// <param name="Trace">The trace for Perfetto and chrome://tracing.</param>
internal sealed record TimelineFiles(string Svg, string Trace)
{
    /// <summary>Writes both into a folder, which is made where it is not there.</summary>
    /// <exception cref="InvalidInputException">They cannot be written.</exception>
    public static TimelineFiles Write(StepComparison comparison, string folder, string name, string title)
    {
        var files = new TimelineFiles(Path.Combine(folder, name + ".svg"), Path.Combine(folder, name + ".json"));
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(files.Svg, SvgTimelineWriter.Write(comparison, title));
            File.WriteAllBytes(files.Trace, TraceWriter.Write(comparison, title));
            return files;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"The timeline cannot be written to {folder}: {fault.Message.TrimEnd('.')}.", fault);
        }
    }
}
