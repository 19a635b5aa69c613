namespace PipelineBackprop.Gpu.Kernels;

/// <summary>How a product walks through its operands: one kernel serves every transpose form by its strides.</summary>
/// <param name="Rows">Rows of the result.</param>
/// <param name="Columns">Columns of the result.</param>
/// <param name="Inner">Length of the sum.</param>
/// <param name="ARow">Step in a from row to row of op(a).</param>
/// <param name="AInner">Step in a along the sum.</param>
/// <param name="BInner">Step in b along the sum.</param>
/// <param name="BColumn">Step in b from column to column of op(b).</param>
/// <param name="Precision">What the operands are rounded to: the number of the product precision.</param>
/// <param name="ThreadsAcross">Threads of a group along the columns; the others lie along the rows.</param>
internal readonly record struct ProductLayout(int Rows, int Columns, int Inner, int ARow, int AInner, int BInner, int BColumn, int Precision, int ThreadsAcross);
