namespace PipelineBackprop.Gpu.Kernels;

/// <summary>Constants of a loss kernel.</summary>
/// <param name="Rows">Rows of o.</param>
/// <param name="Columns">Width of a row of o.</param>
/// <param name="Scale">Factor of the gradient.</param>
/// <param name="HasGradient">1 when the gradient is wanted.</param>
/// <param name="Delta">δ of Huber.</param>
internal readonly record struct LossShape(int Rows, int Columns, float Scale, int HasGradient, float Delta = 0);
