using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>What the instructions a processor offers do not say about it.</summary>
internal static class ProcessorFacts
{
    // Family numbers as in Linux, arch/x86/kernel/cpu/amd.c.
    private const int FirstFamilyOfZen5 = 0x1A;

    /// <summary>
    /// Whether loads, more than instructions, are what a product has too few of: AMD since Zen 5, which does two multiply-adds of 512 bits a cycle and as many loads, of
    /// up to eight instructions.
    /// </summary>
    internal static bool IsShortOfLoads { get; } = X86Base.IsSupported && Maker() == "AuthenticAMD" && Family() >= FirstFamilyOfZen5;

    private static string Maker()
    {
        (_, int first, int third, int second) = X86Base.CpuId(0, 0);
        return Encoding.ASCII.GetString(MemoryMarshal.AsBytes<int>([first, second, third]));
    }

    private static int Family()
    {
        int signature = X86Base.CpuId(1, 0).Eax, family = signature >> 8 & 0xF;
        return family == 0xF ? family + (signature >> 20 & 0xFF) : family;
    }
}
