namespace PipelineBackprop.Benchmarks.Scoreboard;

/// <summary>A number in the unit of its column, and its ratio to the rival's; null without one.</summary>
internal sealed record Compared(double Value, double? Ratio)
{
    public override string ToString() => $"{Value:0.0}{(Ratio is { } ratio ? $" ({ratio:0.00})" : "")}";
}
