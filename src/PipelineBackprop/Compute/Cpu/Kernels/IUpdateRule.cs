using System.Runtime.Intrinsics;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>How an optimizer changes weights, a vector of them at a time. What it keeps of each weight beside (velocity, moments) it reads and writes itself.</summary>
internal interface IUpdateRule<T>
    where T : unmanaged
{
    /// <summary>As <see cref="IRangeKernel.Weight"/>.</summary>
    static abstract int Weight { get; }

    /// <summary>Asks for what the step will read soon after place <paramref name="i"/>, the weights aside.</summary>
    void Ahead(int i);

    /// <summary>
    /// The weights at place <paramref name="i"/> after the step, <paramref name="count"/> of them, at most a vector's worth: nothing beyond them is touched.
    /// <paramref name="w"/> are those before it.
    /// </summary>
    Vector512<T> Step(int i, int count, Vector512<T> w);
}
