namespace PipelineBackprop.Cli.Runs;

/// <summary>What is said before a run begins.</summary>
/// <param name="Name">The name of the run's folder.</param>
/// <param name="Folder">The folder.</param>
/// <param name="Model">Layers and loss in one line.</param>
/// <param name="Parameters">How many numbers are learned.</param>
/// <param name="Split">Stages, micro-batches, schedule and devices in one line.</param>
internal sealed record RunStart(string Name, string Folder, string Model, long Parameters, string Split);
