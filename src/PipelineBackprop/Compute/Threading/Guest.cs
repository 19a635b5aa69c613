using System.Runtime.InteropServices;

namespace PipelineBackprop.Compute.Threading;

/// <summary>What a thread brings along that helps with others' jobs: memory to work in, and when it has to go. One thread at a time.</summary>
internal sealed unsafe class Guest : IDisposable
{
    private const int Alignment = 64;

    /// <summary>A guest with so many bytes.</summary>
    internal Guest(long bytes)
    {
        Bytes = bytes;
        Buffers = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, Alignment);
    }

    /// <summary>Memory of its own, on a cache line's boundary.</summary>
    internal byte* Buffers { get; private set; }

    /// <summary>Size of <see cref="Buffers"/>.</summary>
    internal long Bytes { get; }

    /// <summary>Whether work of its own waits.</summary>
    internal required Func<bool> IsCalled { get; init; }

    /// <summary>Gives the memory back. A second call does nothing.</summary>
    public void Dispose()
    {
        NativeMemory.AlignedFree(Buffers);
        Buffers = null;
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory of a guest that nobody disposed.</summary>
    ~Guest() => Dispose();
}
