namespace PipelineBackprop.Compute;

/// <summary>What a person and a planner want to know of a device before it is opened.</summary>
/// <param name="Name">The name in a run file: <c>cuda:0</c>.</param>
/// <param name="Kind"><c>cpu</c>, <c>cuda</c>, <c>opencl</c> or <c>sim</c>.</param>
/// <param name="Product">What the maker calls it.</param>
/// <param name="MemoryBytes">Its memory, in use or free; 0 when not known.</param>
/// <param name="Capabilities">What it can do, in short words: <c>AVX2</c>, <c>compute 9.0</c>, <c>float64</c>.</param>
/// <param name="MatrixLibrary">What computes its matrix products: <c>built in</c>, <c>ILGPU kernels</c>, <c>cuBLAS 12</c>.</param>
/// <param name="IsGpu">Whether <c>auto</c> may choose it.</param>
public sealed record DeviceDescription(
    string Name, string Kind, string Product, long MemoryBytes, IReadOnlyList<string> Capabilities, string MatrixLibrary, bool IsGpu = false);
