using ILGPU;
using ILGPU.Runtime;

namespace PipelineBackprop.Gpu.Launches;

/// <summary>Memory of the device as an argument of a launch. Two are equal when they are the same elements of the same memory.</summary>
/// <param name="Memory">The memory.</param>
/// <param name="First">The first element.</param>
/// <param name="Length">How many elements.</param>
internal readonly record struct Operand<T>(MemoryBuffer1D<T, Stride1D.Dense> Memory, int First, int Length)
    where T : unmanaged
{
    /// <summary>All of a memory.</summary>
    internal Operand(MemoryBuffer1D<T, Stride1D.Dense> memory) : this(memory, 0, (int)memory.Length) { }

    /// <summary>Where the first element is on the device.</summary>
    internal nint Address => ((ArrayView<T>)this).LoadEffectiveAddressAsPtr();

    public static implicit operator ArrayView<T>(Operand<T> operand)
    {
        ArrayView<T> whole = operand.Memory.View;
        return whole.SubView(operand.First, operand.Length);
    }

    /// <summary>Some of the elements.</summary>
    internal Operand<T> Part(int first, int length) => this with { First = First + first, Length = length };
}
