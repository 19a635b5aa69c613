namespace PipelineBackprop.Benchmarks.Scoreboard;

/// <summary>A part of the table that can be measured by itself.</summary>
internal interface ISection
{
    /// <summary>The word after <c>--only</c>.</summary>
    string Name { get; }

    /// <summary>The heading in the report.</summary>
    string Title { get; }

    /// <summary>Measures and puts rows, details and notes into the run. A peer that cannot run is a note; a wrong number is an exception.</summary>
    Task MeasureAsync(SectionRun run);
}
