namespace PipelineBackprop.Blocks;

/// <summary>The host memory of one pass, row-major: what goes in and, in evaluation and prediction, what comes out.</summary>
/// <param name="Inputs">[examples×inputs].</param>
/// <param name="Targets">[examples×target width]; empty in prediction.</param>
/// <param name="Outputs">[examples×outputs], written in evaluation and prediction; empty when not wanted.</param>
internal readonly record struct PassData(ReadOnlyMemory<float> Inputs, ReadOnlyMemory<float> Targets, Memory<float> Outputs);
