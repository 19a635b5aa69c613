namespace PipelineBackprop.Benchmarks.Scoreboard.Report;

/// <summary>A section and what it found.</summary>
internal sealed record SectionResult(ISection Section, SectionRun Run);
