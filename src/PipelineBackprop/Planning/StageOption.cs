using PipelineBackprop.Schedules;

namespace PipelineBackprop.Planning;

/// <summary>One way to run some layers as a stage.</summary>
/// <param name="Busy">F + B + W of a micro-batch in seconds, recomputation included.</param>
/// <param name="Bytes">The most bytes it takes at once.</param>
/// <param name="Recomputation">What it recomputes.</param>
internal readonly record struct StageOption(double Busy, long Bytes, Recomputation Recomputation);
