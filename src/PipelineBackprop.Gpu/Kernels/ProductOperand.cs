namespace PipelineBackprop.Gpu.Kernels;

/// <summary>How an operand of a product lies in memory. Its lines, rows of op(a) or columns of op(b), are as long as the sum.</summary>
/// <param name="Lines">Number of lines.</param>
/// <param name="Stride">Width of the matrix as it is stored.</param>
/// <param name="AcrossLines">1 when neighbours in memory belong to neighbouring lines, 0 when they follow each other in a line.</param>
internal readonly record struct ProductOperand(int Lines, int Stride, int AcrossLines);
