using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>One thread an element. Every target may also be a source.</summary>
internal static class ElementwiseKernels
{
    internal static void Fill(Index1D i, ArrayView<float> target, float value) => target[i] = value;

    internal static void Add(Index1D i, ArrayView<float> a, ArrayView<float> b, ArrayView<float> target) => target[i] = a[i] + b[i];

    internal static void Multiply(Index1D i, ArrayView<float> a, ArrayView<float> b, ArrayView<float> target) => target[i] = a[i] * b[i];

    internal static void AddScaled(Index1D i, ArrayView<float> source, float factor, ArrayView<float> target) => target[i] += factor * source[i];

    internal static void Scale(Index1D i, ArrayView<float> source, float factor, ArrayView<float> target) => target[i] = factor * source[i];
}
