using System.Globalization;
using PipelineBackprop.Compute.Cpu;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Cpu;

public sealed unsafe class HostMemoryTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(HostMemory.HugePage - 1)]
    [InlineData(HostMemory.HugePage)]
    [InlineData(3 * HostMemory.HugePage + 4)]
    public void Allocate_AnySize_IsAlignedAndAllOfItCanBeWritten(int bytes)
    {
        var memory = (byte*)HostMemory.Allocate((nuint)bytes);
        try
        {
            Assert.Equal(0, (nint)memory % 64);
            new Span<byte>(memory, bytes).Fill(7);
            Assert.Equal((7, 7), (memory[0], memory[bytes - 1]));
        }
        finally
        {
            HostMemory.Free(memory);
        }
    }

    [Fact]
    public void Allocate_LargeBlock_AsksForHugePages()
    {
        Assert.SkipUnless(Directory.Exists("/sys/kernel/mm/transparent_hugepage"), "This system has no huge pages to ask for.");
        var memory = (byte*)HostMemory.Allocate(4 * HostMemory.HugePage);
        try
        {
            Assert.Equal(0, (nint)memory % HostMemory.HugePage);
            for (int page = 0; page < 4; page++) Assert.Contains("hg", FlagsOf((nint)memory + page * HostMemory.HugePage));
        }
        finally
        {
            HostMemory.Free(memory);
        }
    }

    [Fact]
    public void Free_Null_DoesNothing() => HostMemory.Free(null);

    // A mapping is a line that begins with its addresses, then its properties; VmFlags is the last of them.
    private static string[] FlagsOf(nint address)
    {
        bool isInside = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            string first = line.Split(' ')[0];
            if (first.Split('-') is [string begin, string end] && long.TryParse(begin, NumberStyles.HexNumber, null, out long from) && long.TryParse(end, NumberStyles.HexNumber, null, out long to))
                isInside = from <= address && address < to;
            else if (isInside && first == "VmFlags:") return line.Split(' ');
        }
        return [];
    }
}
