using System.Diagnostics;
using ILGPU.Runtime;

namespace PipelineBackprop.Gpu.Launches;

/// <summary>
/// The computing stream of a device and the launches that are on their way to it. Without a recorder each goes there at once. With one they wait until somebody needs
/// them there: launches that come one behind the other for the first time are launched as they are, the second time they are recorded, and from then on replayed. What
/// counts is that every kernel, address, size and number is the same; any other launch is one that was never seen. So what runs is what would have run without a recorder,
/// in the same order. What the driver itself keeps for a recording is in no ledger: it does not tell. Used and disposed on the device's thread.
/// </summary>
/// <param name="device">The device's name, for the trace.</param>
/// <param name="stream">The computing stream.</param>
/// <param name="recorder">Records launches; null where nothing is recorded.</param>
internal sealed class LaunchQueue(string device, AcceleratorStream stream, ILaunchRecorder? recorder) : IDisposable
{
    /// <summary>Launches of one recording at most, so that a large network's first kernels run while its last are asked for; not measured.</summary>
    internal const int Longest = 64;

    /// <summary>Launches that are remembered together at most; those that were not seen for longest go first.</summary>
    internal const int MostSegments = 256;

    // One launch alone is started as fast as a recording of it.
    private const int Fewest = 2;

    private readonly List<Launch> _waiting = new(Longest);
    private readonly List<LaunchSegment> _segments = [];
    private readonly Dictionary<int, LaunchSegment> _byHash = [];
    private ILaunchRecorder? _recorder = recorder;
    private long _uses;

    /// <summary>The stream; what is waiting is not on it yet.</summary>
    internal AcceleratorStream Stream => stream;

    /// <summary>Whether launches wait and are recorded.</summary>
    internal bool Records => _recorder is not null;

    /// <summary>How often launches were replayed together.</summary>
    internal long Replays { get; private set; }

    /// <summary>Adds a launch behind those that wait.</summary>
    internal void Add(Launch launch)
    {
        _waiting.Add(launch);
        if (_waiting.Count == Longest) Flush();
    }

    /// <summary>Launches everything that waits; before anything else is done with the stream or with memory that a launch may use.</summary>
    internal void Flush()
    {
        if (_waiting.Count == 0) return;
        bool isKept = false;
        try
        {
            isKept = LaunchWaiting();
        }
        finally
        {
            if (!isKept)
                foreach (Launch launch in _waiting) launch.Recycle();
            _waiting.Clear();
        }
    }

    /// <summary>Launches what waits and forgets every recording: memory is about to be freed.</summary>
    internal void Invalidate()
    {
        Flush();
        Forget();
    }

    /// <summary>Drops what waits and frees the recordings.</summary>
    public void Dispose()
    {
        _waiting.Clear();
        Forget();
    }

    // True when the launches belong to a segment now.
    private bool LaunchWaiting()
    {
        if (_recorder is null || _waiting.Count < Fewest)
        {
            LaunchPlainly();
            return false;
        }
        int hash = LaunchSegment.HashOf(_waiting);
        if (!_byHash.TryGetValue(hash, out LaunchSegment? segment) || !segment.IsSameAs(_waiting))
        {
            LaunchPlainly();
            Remember(new LaunchSegment([.. _waiting], hash));
            return true;
        }
        segment.LastUse = ++_uses;
        if (!TryReplay(segment)) LaunchPlainly();
        return false;
    }

    private void LaunchPlainly()
    {
        foreach (Launch launch in _waiting) launch.Run(stream);
    }

    private bool TryReplay(LaunchSegment segment)
    {
        try
        {
            segment.Recording ??= _recorder!.Record(stream, segment.Launches);
            segment.Recording.Replay(stream);
            Replays++;
            return true;
        }
        catch (Exception exception)
        {
            // Whatever it is: without recordings everything works as well, only slower.
            _recorder = null;
            Forget();
            Trace.TraceWarning($"{device} launches every kernel by itself from now on, because recording failed: {exception.Message}");
            return false;
        }
    }

    private void Remember(LaunchSegment segment)
    {
        if (_byHash.Remove(segment.Hash, out LaunchSegment? other)) Drop(other);
        if (_segments.Count == MostSegments) Drop(_segments.MinBy(known => known.LastUse)!);
        segment.LastUse = ++_uses;
        _segments.Add(segment);
        _byHash[segment.Hash] = segment;
    }

    private void Drop(LaunchSegment segment)
    {
        _segments.Remove(segment);
        _byHash.Remove(segment.Hash);
        segment.Dispose();
    }

    private void Forget()
    {
        foreach (LaunchSegment segment in _segments) segment.Dispose();
        _segments.Clear();
        _byHash.Clear();
    }
}
