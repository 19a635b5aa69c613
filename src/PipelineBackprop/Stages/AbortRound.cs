namespace PipelineBackprop.Stages;

/// <summary>Counts which stages have acknowledged each round of giving up a pass; a stage counts once, however often it says so. Thread-safe.</summary>
internal sealed class AbortRound(int stages)
{
    private readonly Lock _lock = new();
    private readonly bool[,] _acknowledged = new bool[3, stages]; // guarded by _lock
    private readonly TaskCompletionSource[] _all =
    [
        new(TaskCreationOptions.RunContinuationsAsynchronously),
        new(TaskCreationOptions.RunContinuationsAsynchronously),
        new(TaskCreationOptions.RunContinuationsAsynchronously),
    ];

    /// <summary>Ends when every stage has acknowledged the phase.</summary>
    public Task All(AbortPhase phase) => _all[(int)phase].Task;

    public bool Has(AbortPhase phase, int stage)
    {
        lock (_lock) return _acknowledged[(int)phase, stage];
    }

    public void Acknowledge(AbortPhase phase, int stage)
    {
        lock (_lock)
        {
            _acknowledged[(int)phase, stage] = true;
            for (int i = 0; i < stages; i++)
                if (!_acknowledged[(int)phase, i]) return;
        }
        _all[(int)phase].TrySetResult();
    }
}
