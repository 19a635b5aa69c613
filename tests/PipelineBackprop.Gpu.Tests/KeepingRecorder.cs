using ILGPU.Runtime;
using PipelineBackprop.Gpu.Launches;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>Records launches by keeping them, and replays them by running them with the arguments that they had then.</summary>
internal sealed class KeepingRecorder : ILaunchRecorder
{
    /// <summary>Recordings made.</summary>
    internal int Recorded { get; private set; }

    /// <summary>Recordings that were freed again.</summary>
    internal int Freed { get; private set; }

    /// <summary>Launches that were replayed.</summary>
    internal int ReplayedLaunches { get; private set; }

    /// <summary>The recording that cannot be made, counted from 0; none by default.</summary>
    internal int FailsToRecord { get; init; } = -1;

    /// <summary>The replay that fails before anything of it ran, counted from 0; none by default.</summary>
    internal int FailsToReplay { get; init; } = -1;

    /// <summary>Recordings asked for.</summary>
    internal int Attempts { get; private set; }

    /// <summary>Replays asked for.</summary>
    internal int Replays { get; private set; }

    public ILaunchRecording Record(AcceleratorStream stream, IReadOnlyList<Launch> launches)
    {
        if (Attempts++ == FailsToRecord) throw new InvalidOperationException("the driver has no room for it");
        Recorded++;
        return new Kept(this, launches);
    }

    private sealed class Kept(KeepingRecorder recorder, IReadOnlyList<Launch> launches) : ILaunchRecording
    {
        private bool _isFreed;

        public void Replay(AcceleratorStream stream)
        {
            ObjectDisposedException.ThrowIf(_isFreed, this);
            if (recorder.Replays++ == recorder.FailsToReplay) throw new InvalidOperationException("the driver refused it");
            foreach (Launch launch in launches) launch.Run(stream);
            recorder.ReplayedLaunches += launches.Count;
        }

        public void Dispose()
        {
            if (!_isFreed) recorder.Freed++;
            _isFreed = true;
        }
    }
}
