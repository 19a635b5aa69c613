using PipelineBackprop.Checkpoints;

namespace PipelineBackprop.Training;

/// <summary>All that a pipeline needs to continue bit-equal, in its number format; keyed by layer, never by stage.</summary>
/// <param name="Step">Steps taken; dropout's random numbers continue from it.</param>
/// <param name="Parameters"><c>layers.N.weight</c> and so on.</param>
/// <param name="OptimizerState"><c>layers.N.weight.momentum</c> and so on.</param>
public sealed record PipelineState(long Step, IReadOnlyList<NamedTensor> Parameters, IReadOnlyList<NamedTensor> OptimizerState)
{
    /// <summary>Numbers beside the tensors: the loss scale and how many steps it skipped; empty (default) without loss scaling.</summary>
    public IReadOnlyDictionary<string, double> Scalars { get; init; } = new Dictionary<string, double>();
}
