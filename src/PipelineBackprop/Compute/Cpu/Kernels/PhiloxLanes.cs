using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using PipelineBackprop.Randomness;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>
/// Many consecutive blocks of <see cref="Philox"/> at once, word for word the same. A block takes one 64-bit place of four vectors; a round's
/// multiplication reads the lower half of a place only, so the halves that a product leaves above are never cleared.
/// </summary>
internal static unsafe class PhiloxLanes
{
    /// <summary>Words that <see cref="Fill"/> may write beyond those asked for.</summary>
    public const int Slack = 4 * 16;

    private const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;

    /// <summary>Writes blocks <paramref name="counter"/> … of a stream, four words each; there must be room for <see cref="Slack"/> words more.</summary>
    public static void Fill(ulong key, ulong stream, ulong counter, uint* words, int blocks)
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported) Fill<Places512, Vector512<ulong>>(key, stream, counter, words, blocks);
        else if (Avx2.IsSupported) Fill<Places256, Vector256<ulong>>(key, stream, counter, words, blocks);
        else if (Sse2.IsSupported || AdvSimd.IsSupported) Fill<Places128, Vector128<ulong>>(key, stream, counter, words, blocks);
        else FillOneByOne(key, stream, counter, words, blocks);
    }

    /// <summary><see cref="Fill"/> without vectors.</summary>
    internal static void FillOneByOne(ulong key, ulong stream, ulong counter, uint* words, int blocks)
    {
        for (int i = 0; i < blocks; i++, words += 4) (words[0], words[1], words[2], words[3]) = Philox.Block(key, stream, counter + (ulong)i);
    }

    /// <summary><see cref="Fill"/> by vectors of one width, two at a time to hide the latency of the multiplications.</summary>
    internal static void Fill<TPlaces, TVector>(ulong key, ulong stream, ulong counter, uint* words, int blocks)
        where TPlaces : struct, IPhiloxPlaces<TVector>
        where TVector : struct
    {
        TVector multiplier0 = TPlaces.All(Multiplier0), multiplier1 = TPlaces.All(Multiplier1);
        for (int done = 0; done < blocks; done += 2 * TPlaces.Count, words += 8 * TPlaces.Count)
        {
            TVector a0 = TPlaces.Counters(counter + (ulong)done), b0 = TPlaces.Counters(counter + (ulong)(done + TPlaces.Count));
            TVector a1 = TPlaces.High(a0), b1 = TPlaces.High(b0);
            TVector a2 = TPlaces.All(stream), a3 = TPlaces.All(stream >> 32), b2 = a2, b3 = a3;
            uint key0 = (uint)key, key1 = (uint)(key >> 32);
            for (int round = 0; round < 10; round++, key0 += Weyl0, key1 += Weyl1)
            {
                TVector k0 = TPlaces.All(key0), k1 = TPlaces.All(key1);
                TVector p0 = TPlaces.Multiply(a0, multiplier0), p1 = TPlaces.Multiply(a2, multiplier1);
                TVector q0 = TPlaces.Multiply(b0, multiplier0), q1 = TPlaces.Multiply(b2, multiplier1);
                (a0, a1, a2, a3) = (TPlaces.Xor(TPlaces.High(p1), a1, k0), p1, TPlaces.Xor(TPlaces.High(p0), a3, k1), p0);
                (b0, b1, b2, b3) = (TPlaces.Xor(TPlaces.High(q1), b1, k0), q1, TPlaces.Xor(TPlaces.High(q0), b3, k1), q0);
            }
            TPlaces.Store(TPlaces.Join(a0, a1), TPlaces.Join(a2, a3), words);
            TPlaces.Store(TPlaces.Join(b0, b1), TPlaces.Join(b2, b3), words + 4 * TPlaces.Count);
        }
    }
}

/// <summary>A vector of 64-bit places as <see cref="PhiloxLanes"/> uses it. Implemented by empty structs that only serve as type arguments.</summary>
internal unsafe interface IPhiloxPlaces<TVector>
    where TVector : struct
{
    /// <summary>Places of a vector.</summary>
    static abstract int Count { get; }

    /// <summary>One value in every place.</summary>
    static abstract TVector All(ulong value);

    /// <summary><paramref name="first"/> and its successors, each where <see cref="Store"/> wants its block.</summary>
    static abstract TVector Counters(ulong first);

    /// <summary>The 64-bit products of the lower halves.</summary>
    static abstract TVector Multiply(TVector a, TVector b);

    /// <summary>The upper halves, moved down.</summary>
    static abstract TVector High(TVector a);

    /// <summary>a ⊕ b ⊕ c.</summary>
    static abstract TVector Xor(TVector a, TVector b, TVector c);

    /// <summary>The lower halves of <paramref name="low"/> below those of <paramref name="high"/>.</summary>
    static abstract TVector Join(TVector low, TVector high);

    /// <summary>Writes the blocks in the order of their counters: the first two words of each from <paramref name="first"/>, the others from <paramref name="second"/>.</summary>
    static abstract void Store(TVector first, TVector second, uint* words);
}

/// <summary>Eight places: x64 with AVX-512.</summary>
internal readonly unsafe struct Places512 : IPhiloxPlaces<Vector512<ulong>>
{
    public static int Count => 8;

    public static Vector512<ulong> All(ulong value) => Vector512.Create(value);

    // The unpacking below takes even places first.
    public static Vector512<ulong> Counters(ulong first) => Vector512.Create(first) + Vector512.Create(0ul, 4, 1, 5, 2, 6, 3, 7);

    public static Vector512<ulong> Multiply(Vector512<ulong> a, Vector512<ulong> b) => Avx512F.Multiply(a.AsUInt32(), b.AsUInt32());

    public static Vector512<ulong> High(Vector512<ulong> a) => a >>> 32;

    public static Vector512<ulong> Xor(Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c) => a ^ b ^ c;

    public static Vector512<ulong> Join(Vector512<ulong> low, Vector512<ulong> high) => (low & Vector512.Create(0xFFFF_FFFFul)) | (high << 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<ulong> first, Vector512<ulong> second, uint* words)
    {
        Avx512F.UnpackLow(first, second).AsUInt32().Store(words);
        Avx512F.UnpackHigh(first, second).AsUInt32().Store(words + 16);
    }
}

/// <summary>Four places: x64 with AVX2.</summary>
internal readonly unsafe struct Places256 : IPhiloxPlaces<Vector256<ulong>>
{
    public static int Count => 4;

    public static Vector256<ulong> All(ulong value) => Vector256.Create(value);

    // The unpacking below takes even places first.
    public static Vector256<ulong> Counters(ulong first) => Vector256.Create(first) + Vector256.Create(0ul, 2, 1, 3);

    public static Vector256<ulong> Multiply(Vector256<ulong> a, Vector256<ulong> b) => Avx2.Multiply(a.AsUInt32(), b.AsUInt32());

    public static Vector256<ulong> High(Vector256<ulong> a) => a >>> 32;

    public static Vector256<ulong> Xor(Vector256<ulong> a, Vector256<ulong> b, Vector256<ulong> c) => a ^ b ^ c;

    public static Vector256<ulong> Join(Vector256<ulong> low, Vector256<ulong> high) => (low & Vector256.Create(0xFFFF_FFFFul)) | (high << 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<ulong> first, Vector256<ulong> second, uint* words)
    {
        Avx2.UnpackLow(first, second).AsUInt32().Store(words);
        Avx2.UnpackHigh(first, second).AsUInt32().Store(words + 8);
    }
}

/// <summary>Two places: any x64, and Arm64.</summary>
internal readonly unsafe struct Places128 : IPhiloxPlaces<Vector128<ulong>>
{
    public static int Count => 2;

    public static Vector128<ulong> All(ulong value) => Vector128.Create(value);

    public static Vector128<ulong> Counters(ulong first) => Vector128.Create(first) + Vector128.Create(0ul, 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Multiply(Vector128<ulong> a, Vector128<ulong> b) => Sse2.IsSupported
        ? Sse2.Multiply(a.AsUInt32(), b.AsUInt32())
        : AdvSimd.MultiplyWideningLower(AdvSimd.ExtractNarrowingLower(a), AdvSimd.ExtractNarrowingLower(b));

    public static Vector128<ulong> High(Vector128<ulong> a) => a >>> 32;

    public static Vector128<ulong> Xor(Vector128<ulong> a, Vector128<ulong> b, Vector128<ulong> c) => a ^ b ^ c;

    public static Vector128<ulong> Join(Vector128<ulong> low, Vector128<ulong> high) => (low & Vector128.Create(0xFFFF_FFFFul)) | (high << 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<ulong> first, Vector128<ulong> second, uint* words)
    {
        Vector128.Create(first.GetLower(), second.GetLower()).AsUInt32().Store(words);
        Vector128.Create(first.GetUpper(), second.GetUpper()).AsUInt32().Store(words + 4);
    }
}
