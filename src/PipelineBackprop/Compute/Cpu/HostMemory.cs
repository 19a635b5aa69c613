using System.Runtime.InteropServices;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>
/// Memory of the host outside the garbage-collected heap, aligned to a cache line, which is also the widest vector. Large blocks ask Linux for huge pages: weights of
/// some MiB are read panel by panel, and looking up a page for every 4 KiB takes a few per cent of a step. May be called on any thread.
/// </summary>
internal static unsafe partial class HostMemory
{
    /// <summary>Bytes of a huge page of x64, and of Arm64 with pages of 4 KiB; smaller blocks cannot have one.</summary>
    internal const int HugePage = 2 * 1024 * 1024;

    private const int CacheLine = 64;

    // MADV_HUGEPAGE of Linux, include/uapi/asm-generic/mman-common.h.
    private const int AdviseHugePages = 14;

    private static bool s_cannotAdvise = !OperatingSystem.IsLinux();

    /// <summary>A block of that many bytes, contents undefined.</summary>
    /// <exception cref="OutOfMemoryException">The system has no such block.</exception>
    internal static void* Allocate(nuint bytes)
    {
        if (bytes < HugePage || s_cannotAdvise) return NativeMemory.AlignedAlloc(bytes, CacheLine);
        void* memory = NativeMemory.AlignedAlloc(bytes, HugePage);
        AskForHugePages(memory, bytes / HugePage * HugePage);
        return memory;
    }

    /// <summary>Gives a block back; nothing for null.</summary>
    internal static void Free(void* memory) => NativeMemory.AlignedFree(memory);

    // Advice: a system that does not follow it has the same memory in small pages.
    private static void AskForHugePages(void* memory, nuint bytes)
    {
        try
        {
            _ = Advise(memory, bytes, AdviseHugePages);
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            s_cannotAdvise = true;
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
