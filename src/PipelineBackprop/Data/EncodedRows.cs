namespace PipelineBackprop.Data;

/// <summary>Rows without targets, ready to be predicted.</summary>
/// <param name="Count">The number of rows.</param>
/// <param name="InputWidth">Numbers in a row.</param>
/// <param name="Inputs">Inputs, [Count, InputWidth] row-major.</param>
public sealed record EncodedRows(int Count, int InputWidth, ReadOnlyMemory<float> Inputs);
