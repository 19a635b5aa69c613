namespace PipelineBackprop.Gpu.Kernels;

/// <summary>The shape of a product and how it is shared out.</summary>
/// <param name="A">Where the rows of the result come from.</param>
/// <param name="B">Where its columns come from.</param>
/// <param name="Inner">Length of the sum.</param>
/// <param name="Precision">What the operands are rounded to: the number of the product precision.</param>
/// <param name="ThreadsAcross">Threads of a group along the columns, a power of two; the others lie along the rows.</param>
internal readonly record struct ProductLayout(ProductOperand A, ProductOperand B, int Inner, int Precision, int ThreadsAcross);
