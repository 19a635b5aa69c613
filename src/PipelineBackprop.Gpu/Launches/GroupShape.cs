using ILGPU;

namespace PipelineBackprop.Gpu.Launches;

/// <summary>How many groups of how many threads a launch has, in one dimension.</summary>
internal readonly record struct GroupShape(int Groups, int Threads)
{
    public static implicit operator KernelConfig(GroupShape shape) => new(shape.Groups, shape.Threads);
}
