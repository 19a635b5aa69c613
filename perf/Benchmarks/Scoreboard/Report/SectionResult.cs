namespace PipelineBackprop.Benchmarks.Scoreboard.Report;

/// <summary>A section, what it found and how long that took.</summary>
internal sealed record SectionResult(ISection Section, SectionRun Run, TimeSpan Duration);
