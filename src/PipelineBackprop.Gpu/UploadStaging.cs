using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using PipelineBackprop.Gpu.Launches;
using PipelineBackprop.Gpu.Transfers;

namespace PipelineBackprop.Gpu;

/// <summary>
/// Copies host values into page-locked memory and from there to the device without waiting: the caller's memory is free at once, and the copy overlaps with
/// what is launched. Blocks are used again when the device has caught up. Used and disposed on the device's thread.
/// </summary>
internal sealed class UploadStaging(Accelerator accelerator, LaunchQueue launches, TransferLanes lanes) : IDisposable
{
    /// <summary>Elements from which a copy takes the transfer stream, 64 KiB: a smaller one takes less time than the two streams' waits for each other; not measured.</summary>
    internal const int WorthItsStream = 1 << 14;

    /// <summary>
    /// Elements of parameters and optimizer state that may be on their way, 16 MiB: more of them wait for each other, and as many stay page-locked from pass to pass
    /// at least. The blocks are the host's memory, and how many there are at once is a matter of timing, so neither the ledger nor the forecast counts them.
    /// </summary>
    internal const int MostElements = 1 << 22;

    private readonly List<PageLockedArray1D<float>> _free = [], _busy = [];
    private long _inFlight; // elements

    /// <summary>Elements of the blocks that no upload uses.</summary>
    internal long IdleElements { get; private set; }

    /// <summary>How often an upload waited for the device.</summary>
    internal long Waits { get; private set; }

    /// <summary>
    /// Copies host values to the first elements of a buffer. What belongs to a step does not wait, however much it is: it is a part of a minibatch that the host
    /// holds anyway.
    /// </summary>
    /// <param name="source">The values.</param>
    /// <param name="target">Where they go.</param>
    /// <param name="isOfStep">Whether they belong to a step, as inputs and targets do; parameters are loaded between steps, and there may be far more of them.</param>
    internal void Upload(ReadOnlySpan<float> source, GpuBuffer target, bool isOfStep)
    {
        if (!isOfStep && source.Length > MostElements)
        {
            Waits++;
            lanes.ReceiveAndWait(source, target);
            return;
        }
        if (!isOfStep && _inFlight + source.Length > MostElements) CatchUp();
        PageLockedArray1D<float> block = Take(source.Length);
        _busy.Add(block);
        _inFlight += source.Length;
        source.CopyTo(block.Span);

        // A view over exactly what is copied: an OpenCL write takes the length of the whole host buffer.
        using CPUMemoryBuffer host = CPUMemoryBuffer.Create(accelerator, ref block[0], source.Length);
        ArrayView<float> values = host.AsArrayView<float>(0, source.Length);
        if (source.Length >= WorthItsStream)
        {
            lanes.Receive(values, target);
            return;
        }
        lanes.Claim(target);
        launches.Flush();
        target.View(source.Length).CopyFrom(launches.Stream, values);
    }

    /// <summary>Everything launched so far is done: its blocks are free. Those that it did not use are given back, but for the first few.</summary>
    internal void Settled()
    {
        while (IdleElements > MostElements)
        {
            IdleElements -= _free[^1].Length;
            _free[^1].Dispose();
            _free.RemoveAt(_free.Count - 1);
        }
        foreach (PageLockedArray1D<float> block in _busy)
        {
            IdleElements += block.Length;
            _free.Add(block);
        }
        _busy.Clear();
        _inFlight = 0;
    }

    public void Dispose()
    {
        if (_busy.Count > 0) CatchUp();
        foreach (PageLockedArray1D<float> block in _free) block.Dispose();
        _free.Clear();
    }

    private void CatchUp()
    {
        Waits++;
        launches.Flush();
        lanes.AwaitReceived();
        launches.Stream.Synchronize();
        Settled();
    }

    // The smallest that holds it; a block is a power of two, so that sizes of micro-batches which differ by one share them.
    private PageLockedArray1D<float> Take(int elements)
    {
        int best = -1;
        for (int i = 0; i < _free.Count; i++)
        {
            if (_free[i].Length >= elements && (best < 0 || _free[i].Length < _free[best].Length)) best = i;
        }
        if (best < 0) return accelerator.AllocatePageLocked1D<float>(System.Numerics.BitOperations.RoundUpToPowerOf2((uint)elements), uninitialized: true);
        PageLockedArray1D<float> block = _free[best];
        _free.RemoveAt(best);
        IdleElements -= block.Length;
        return block;
    }
}
