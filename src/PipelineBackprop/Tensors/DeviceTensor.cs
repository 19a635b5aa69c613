namespace PipelineBackprop.Tensors;

/// <summary>
/// A shaped view of a device buffer, rented from a <see cref="TensorPool"/> and counted by references: the renter holds one, each
/// <see cref="Retain"/> adds one, and the last <see cref="Release"/> returns the buffer to its pool. Counting is thread-safe; the
/// contents belong to whoever computes on them.
/// </summary>
public sealed class DeviceTensor
{
    private const long OneReference = 1, OneRetain = 1L << 32;
    private readonly TensorPool _pool;
    private long _counts; // references in the lower half; in the upper, how often it was retained since it was lent

    internal DeviceTensor(TensorPool pool, DeviceBuffer buffer, int number)
    {
        _pool = pool;
        Buffer = buffer;
        Number = number;
    }

    /// <summary>Counts the buffers of the pool from 0.</summary>
    internal int Number { get; }

    /// <summary>The device memory; at least <see cref="Shape"/> elements.</summary>
    public DeviceBuffer Buffer { get; }

    /// <summary>Rows and columns of this rental.</summary>
    public Shape Shape { get; private set; }

    /// <summary>Number of rows: the examples of a micro-batch, 1 for a vector.</summary>
    public int Rows => Shape.Rows;

    /// <summary>Number of columns.</summary>
    public int Columns => Shape.Columns;

    /// <summary>Rows × Columns.</summary>
    public int ElementCount => Shape.ElementCount;

    /// <summary>What the ledger counts this rental as.</summary>
    public MemoryPurpose Purpose { get; private set; }

    /// <summary>How often the buffer has been lent.</summary>
    internal int Rentals { get; private set; }

    /// <summary>How often the tensor has been retained, by anyone, since it was lent.</summary>
    internal int Retains => (int)(Volatile.Read(ref _counts) >> 32);

    /// <summary>References that are held now.</summary>
    internal int References => (int)Volatile.Read(ref _counts);

    internal long ShapeBytes => (long)ElementCount * Buffer.ElementType.Size();

    /// <summary>Adds a reference and returns this tensor.</summary>
    public DeviceTensor Retain()
    {
        long seen = Volatile.Read(ref _counts);
        while (true)
        {
            // Nothing is counted before it is known to be lent: a free tensor with a reference would be taken back twice.
            if ((int)seen <= 0) throw new InvalidOperationException($"A tensor {Shape} was retained after its last release.");
            long before = Interlocked.CompareExchange(ref _counts, seen + OneRetain + OneReference, seen);
            if (before == seen) return this;
            seen = before;
        }
    }

    /// <summary>Drops a reference; the last one returns the buffer to the pool. Releasing once too often throws.</summary>
    public void Release()
    {
        int left = (int)Interlocked.Add(ref _counts, -OneReference);
        if (left < 0) throw new InvalidOperationException($"A tensor {Shape} was released more often than it was retained.");
        if (left == 0) _pool.Return(this);
    }

    /// <summary>
    /// The tensor leaves for another stage: from now on it is counted by the room set aside for transfers, unless its own stage keeps it as well.
    /// </summary>
    internal void Depart()
    {
        if (References > 1 || Purpose == MemoryPurpose.Transfer) return;
        _pool.Uncount(this);
        Purpose = MemoryPurpose.Transfer;
    }

    internal bool IsLent => References > 0;

    internal void Revoke()
    {
        if ((int)Interlocked.Exchange(ref _counts, 0) > 0) _pool.Return(this);
    }

    internal void Rent(Shape shape, MemoryPurpose purpose)
    {
        Shape = shape;
        Purpose = purpose;
        Rentals++;
        Volatile.Write(ref _counts, OneReference);
    }

    /// <summary>Prints shape and purpose.</summary>
    public override string ToString() => $"{Shape} {Purpose}";
}
