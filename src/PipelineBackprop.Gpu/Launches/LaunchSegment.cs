namespace PipelineBackprop.Gpu.Launches;

/// <summary>Launches that came one behind the other at least once, and their recording, if they came again. Used on the device's thread.</summary>
internal sealed class LaunchSegment(Launch[] launches, int hash) : IDisposable
{
    /// <summary>The launches, whose arguments stay as they are.</summary>
    internal IReadOnlyList<Launch> Launches => launches;

    /// <summary>Of all of them.</summary>
    internal int Hash => hash;

    /// <summary>Null before they came a second time.</summary>
    internal ILaunchRecording? Recording { get; set; }

    /// <summary>A number that grows with every use of any segment.</summary>
    internal long LastUse { get; set; }

    /// <summary>Of launches in this order.</summary>
    internal static int HashOf(List<Launch> waiting)
    {
        var hash = new HashCode();
        foreach (Launch launch in waiting) hash.Add(launch.Hash);
        return hash.ToHashCode();
    }

    /// <summary>Whether these launches do exactly the same.</summary>
    internal bool IsSameAs(List<Launch> waiting)
    {
        if (waiting.Count != launches.Length) return false;
        for (int i = 0; i < launches.Length; i++)
            if (!launches[i].IsSameAs(waiting[i])) return false;
        return true;
    }

    public void Dispose()
    {
        Recording?.Dispose();
        Recording = null;
        foreach (Launch launch in launches) launch.Recycle();
    }
}
