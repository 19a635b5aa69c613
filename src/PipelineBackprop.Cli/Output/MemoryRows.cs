using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Output;

/// <summary>The rows of every table of memory.</summary>
internal static class MemoryRows
{
    public static IReadOnlyList<(string Purpose, Func<MemoryReport, long> Bytes)> All { get; } =
    [
        ("parameters", report => report.Parameters),
        ("gradients", report => report.Gradients),
        ("optimizer state", report => report.OptimizerState),
        ("stash of activations", report => report.Stash),
        ("workspace", report => report.Workspace),
        ("transfer between stages", report => report.Transfer),
        ("scratch of the devices", report => report.Scratch),
        ("all together", report => report.Total),
    ];
}
