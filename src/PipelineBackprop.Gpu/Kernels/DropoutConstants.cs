namespace PipelineBackprop.Gpu.Kernels;

/// <summary>Constants of one dropout application.</summary>
/// <param name="Key">Key of the random numbers.</param>
/// <param name="Stream">Stream of the random numbers.</param>
/// <param name="FirstElement">Number of the first element in the minibatch.</param>
/// <param name="Threshold">The smallest word that keeps its element: rate · 2³², rounded up.</param>
/// <param name="Scale">1 / (1 − rate).</param>
internal readonly record struct DropoutConstants(ulong Key, ulong Stream, ulong FirstElement, ulong Threshold, float Scale);
