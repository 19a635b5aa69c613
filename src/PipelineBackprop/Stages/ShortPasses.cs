using System.Diagnostics;
using PipelineBackprop.Compute.Threading;

namespace PipelineBackprop.Stages;

/// <summary>
/// Passes that take less time than waking a thread, where one lane runs them all: their caller computes them itself, in place of the stage's own thread, and goes on
/// at once. Only where nothing but this library's own code runs, which cannot stall, and memory is the host's, which any thread may use. One pass at a time.
/// </summary>
internal sealed class ShortPasses
{
    // Of such a pass, waking the stage's thread and then the caller would be a large part.
    private static readonly TimeSpan s_short = IdleSpin.Limit;

    // For a pass that turns out to be longer than the one before; the stage's own thread takes over.
    private static readonly TimeSpan s_patience = 5 * s_short;

    private readonly PipelineStage? _stage; // whose thread all stages share; null where callers never compute
    private TimeSpan _last = TimeSpan.MaxValue;

    public ShortPasses(IReadOnlyList<StageLane> lanes, IReadOnlyList<PipelineStage> stages)
    {
        bool isAlone = lanes.Count == 1 && stages.All(stage => stage.Definition is { WeightVersions: 1, IsOwnCode: true, Device.BuffersOutliveCompute: true });
        _stage = isAlone ? stages[0] : null;
    }

    /// <summary>Whether the caller is to run the coming pass: it is to be expected that it is short. Then <see cref="RunHere"/> must follow.</summary>
    public bool TryTake() =>
        // A context wants its thread back between steps: a window that is to be drawn.
        _stage is not null && _last < s_short && SynchronizationContext.Current is null && _stage.Thread.TryTake();

    /// <summary>Runs a pass that was begun.</summary>
    public void RunHere(Task completion) => _stage!.Thread.RunHere(completion, s_patience);

    /// <summary>A pass took this long, the caller's waiting included.</summary>
    public void Note(long started) => _last = Stopwatch.GetElapsedTime(started);
}
