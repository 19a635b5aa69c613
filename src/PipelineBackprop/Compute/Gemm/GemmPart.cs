namespace PipelineBackprop.Compute.Gemm;

/// <summary>The rectangle of C that one thread computes.</summary>
/// <param name="FirstRow">First row.</param>
/// <param name="EndRow">Row after the last.</param>
/// <param name="FirstColumn">First column.</param>
/// <param name="EndColumn">Column after the last.</param>
internal readonly record struct GemmPart(int FirstRow, int EndRow, int FirstColumn, int EndColumn);
