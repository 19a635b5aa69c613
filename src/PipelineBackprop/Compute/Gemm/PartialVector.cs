using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>The first lanes of a vector, one by one, where a machine has no masks for it: nothing beyond them is touched.</summary>
internal static unsafe class PartialVector
{
    /// <summary>The first <paramref name="count"/> elements; the rest 0.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static TVector Load<T, TVector>(T* source, int count)
        where T : unmanaged
        where TVector : struct
    {
        TVector value = default;
        T* lanes = (T*)Unsafe.AsPointer(ref value);
        for (int i = 0; i < count; i++) lanes[i] = source[i];
        return value;
    }

    /// <summary>Writes the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Store<T, TVector>(TVector value, T* destination, int count)
        where T : unmanaged
        where TVector : struct
    {
        T* lanes = (T*)Unsafe.AsPointer(ref value);
        for (int i = 0; i < count; i++) destination[i] = lanes[i];
    }
}
