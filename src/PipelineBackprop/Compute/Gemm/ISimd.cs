namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// What a kernel needs of a vector of width <see cref="Count"/>. Implemented by empty structs that only serve as type
/// arguments: the JIT specialises the kernel for each and inlines every call.
/// </summary>
/// <typeparam name="T">The element: float or double.</typeparam>
/// <typeparam name="TVector">The vector type, or <typeparamref name="T"/> itself on the scalar path.</typeparam>
internal unsafe interface ISimd<T, TVector>
    where T : unmanaged
    where TVector : struct
{
    /// <summary>Elements in a vector.</summary>
    static abstract int Count { get; }

    /// <summary>Reads <see cref="Count"/> elements, any alignment.</summary>
    static abstract TVector Load(T* source);

    /// <summary>One element in every place.</summary>
    static abstract TVector Broadcast(T* source);

    /// <summary>Writes <see cref="Count"/> elements, any alignment.</summary>
    static abstract void Store(TVector value, T* destination);

    /// <summary>left + right.</summary>
    static abstract TVector Add(TVector left, TVector right);

    /// <summary>left · right + addend, rounded once.</summary>
    static abstract TVector FusedMultiplyAdd(TVector left, TVector right, TVector addend);

    /// <summary>Reads the first <paramref name="count"/> elements and nothing beyond; the rest is 0.</summary>
    static abstract TVector LoadFirst(T* source, int count);

    /// <summary>Writes the first <paramref name="count"/> elements and nothing beyond.</summary>
    static abstract void StoreFirst(TVector value, T* destination, int count);
}
