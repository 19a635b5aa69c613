using System.Runtime.InteropServices;

namespace PipelineBackprop.Tests.Compute.Gemm;

/// <summary>Zeroed memory whose last byte is the last before a page that cannot be touched. Linux only.</summary>
internal sealed unsafe partial class PageEnd : IDisposable
{
    private readonly byte* _memory;
    private readonly nuint _bytes;

    public PageEnd(int bytes)
    {
        nuint page = (nuint)Environment.SystemPageSize;
        nuint usable = ((nuint)bytes + page - 1) / page * page;
        _bytes = usable + page;
        const int readWrite = 3, privateAnonymous = 0x22;
        _memory = Map(null, _bytes, readWrite, privateAnonymous, -1, 0);
        if ((nint)_memory == -1 || Protect(_memory + usable, page, 0) != 0)
            throw new InvalidOperationException("The system gave no protected memory.");
        First = _memory + usable - bytes;
    }

    public byte* First { get; }

    public void Dispose() => _ = Unmap(_memory, _bytes);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);
}
