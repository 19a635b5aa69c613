namespace PipelineBackprop.Tensors;

/// <summary>
/// Device buffers of one stage, lent as tensors and taken back when their last reference goes. Grows when nothing fits and never
/// shrinks, so a steady step allocates nothing. Thread-safe; allocation happens on the renting thread, which is the device's.
/// </summary>
public sealed class TensorPool : IDisposable
{
    // A free buffer serves a smaller request only up to this factor, so a scalar never occupies a weight matrix.
    private const int LargestWaste = 2;

    private readonly Lock _lock = new();
    private readonly List<DeviceTensor> _free = []; // guarded by _lock, ordered by capacity
    private readonly List<DeviceTensor> _all = []; // guarded by _lock
    private readonly Func<int, DeviceBuffer> _allocate;
    private readonly LedgerAccount _account;
    private readonly bool _lendsInOrder;
    private bool _disposed; // guarded by _lock
    private bool _abandoned; // guarded by _lock: nothing is counted any more
    private bool _isLeft; // guarded by _lock: abandoned, and nobody but the lost thread holds anything

    /// <summary>
    /// Creates a pool that takes buffers of a number of elements from <paramref name="allocate"/> and counts on <paramref name="account"/>. Of equal buffers it lends
    /// the one given back last, whose contents are nearest to the processor; with <paramref name="lendsInOrder"/> the oldest, so that a step that asks as the one
    /// before gets the same buffers.
    /// </summary>
    public TensorPool(Func<int, DeviceBuffer> allocate, LedgerAccount account, bool lendsInOrder = false)
    {
        _lendsInOrder = lendsInOrder;
        _allocate = allocate;
        _account = account;
    }

    /// <summary>Lends a tensor with one reference and undefined contents.</summary>
    /// <exception cref="ObjectDisposedException">The pool was disposed.</exception>
    public DeviceTensor Rent(Shape shape, MemoryPurpose purpose)
    {
        if (TakeFree(shape, purpose) is { } free) return free;
        DeviceBuffer buffer = _allocate(Math.Max(shape.ElementCount, 1));
        _account.AddReserved(buffer.Bytes);
        lock (_lock)
        {
            var tensor = new DeviceTensor(this, buffer, _all.Count);
            _all.Add(tensor);
            return Lend(tensor, shape, purpose);
        }
    }

    /// <summary>Frees every buffer; one that is still lent is freed when it comes back.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (DeviceTensor tensor in _free) Free(tensor);
            _free.Clear();
            if (!_isLeft) return;
        }
        Reclaim();
    }

    /// <summary>
    /// Takes back every tensor lent for a step, whoever forgot it: a layer that threw between renting and returning has no other way to give up
    /// what it held. Only when no one computes any more.
    /// </summary>
    internal void Reclaim()
    {
        DeviceTensor[] lent;
        lock (_lock) lent = [.. _all.Where(tensor => tensor.IsLent && tensor.Purpose is (MemoryPurpose.Stash or MemoryPurpose.Workspace or MemoryPurpose.Transfer))];
        foreach (DeviceTensor tensor in lent) tensor.Revoke();
    }

    /// <summary>Strikes what is lent from the account: its holder is a thread that may never come back.</summary>
    internal void Abandon()
    {
        lock (_lock)
        {
            _abandoned = true;
            // One that is on its way back is not counted off any more either.
            foreach (DeviceTensor tensor in _all.Except(_free))
                if (tensor.Purpose != MemoryPurpose.Transfer) _account.Add(tensor.Purpose, -tensor.ShapeBytes);
        }
    }

    /// <summary>
    /// Of an abandoned pool of which no other stage holds anything any more: takes back every tensor lent for a step once the lost thread has disposed the pool.
    /// </summary>
    internal void Leave()
    {
        lock (_lock)
        {
            _isLeft = true;
            if (!_disposed) return;
        }
        Reclaim();
    }

    internal void Return(DeviceTensor tensor)
    {
        lock (_lock)
        {
            Count(tensor, -tensor.ShapeBytes);
            if (_disposed) Free(tensor);
            else _free.Insert(IndexAmongEquals(tensor), tensor);
        }
    }

    private DeviceTensor? TakeFree(Shape shape, MemoryPurpose purpose)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            int index = IndexOfAtLeast(shape.ElementCount);
            if (index == _free.Count || _free[index].Buffer.Capacity > (long)Math.Max(shape.ElementCount, 1) * LargestWaste) return null;
            DeviceTensor tensor = _free[index];
            _free.RemoveAt(index);
            return Lend(tensor, shape, purpose);
        }
    }

    // Under the lock: whoever abandons the pool strikes what is lent, which must have been counted.
    private DeviceTensor Lend(DeviceTensor tensor, Shape shape, MemoryPurpose purpose)
    {
        tensor.Rent(shape, purpose);
        Count(tensor, tensor.ShapeBytes);
        return tensor;
    }

    private void Free(DeviceTensor tensor)
    {
        _account.AddReserved(-tensor.Buffer.Bytes);
        tensor.Buffer.Dispose();
    }

    internal void Uncount(DeviceTensor tensor)
    {
        lock (_lock) Count(tensor, -tensor.ShapeBytes);
    }

    private void Count(DeviceTensor tensor, long bytes)
    {
        if (tensor.Purpose != MemoryPurpose.Transfer && !_abandoned) _account.Add(tensor.Purpose, bytes);
    }

    private int IndexAmongEquals(DeviceTensor tensor)
    {
        int index = IndexOfAtLeast(tensor.Buffer.Capacity);
        if (!_lendsInOrder) return index;
        while (index < _free.Count && _free[index].Buffer.Capacity == tensor.Buffer.Capacity && _free[index].Number < tensor.Number) index++;
        return index;
    }

    private int IndexOfAtLeast(int capacity)
    {
        int low = 0, high = _free.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_free[middle].Buffer.Capacity < capacity) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
