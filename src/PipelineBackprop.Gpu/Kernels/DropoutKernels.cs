using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>Dropout by counter-based random numbers, one thread an element.</summary>
internal static class DropoutKernels
{
    private const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;

    /// <summary>y = x · scale where the word of the element is at least the threshold, else 0.</summary>
    internal static void Apply(Index1D i, ArrayView<float> x, ArrayView<float> y, DropoutConstants constants) =>
        y[i] = Word(constants.Key, constants.Stream, constants.FirstElement + (uint)(int)i) >= constants.Threshold ? x[i] * constants.Scale : 0;

    /// <summary>The engine's Philox4x32-10 word, in the forms a kernel can hold (no tuples).</summary>
    internal static uint Word(ulong key, ulong stream, ulong index)
    {
        ulong counter = index >> 2;
        uint c0 = (uint)counter, c1 = (uint)(counter >> 32), c2 = (uint)stream, c3 = (uint)(stream >> 32);
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong product0 = (ulong)Multiplier0 * c0, product1 = (ulong)Multiplier1 * c2;
            uint next0 = (uint)(product1 >> 32) ^ c1 ^ k0, next2 = (uint)(product0 >> 32) ^ c3 ^ k1;
            c0 = next0;
            c1 = (uint)product1;
            c2 = next2;
            c3 = (uint)product0;
            k0 += Weyl0;
            k1 += Weyl1;
        }
        uint word = (uint)index & 3;
        return word == 0 ? c0 : word == 1 ? c1 : word == 2 ? c2 : c3;
    }
}
