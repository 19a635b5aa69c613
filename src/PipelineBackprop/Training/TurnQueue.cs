namespace PipelineBackprop.Training;

/// <summary>
/// Lets callers through in the order they come: steps, of which as many as there are seats may be under way together, and whoever has to be alone. Thread-safe.
/// </summary>
internal sealed class TurnQueue(int seats)
{
    private readonly SemaphoreSlim _door = new(1), _seats = new(seats);
    private readonly Lock _lock = new();
    private int _underWay, _failed; // steps; of those that have left, the failed ones whose seats are kept until all have

    /// <summary>Steps under way.</summary>
    public int UnderWay
    {
        get { lock (_lock) return _underWay; }
    }

    /// <summary>Waits until nothing is under way, and keeps all others out until <see cref="LeaveAlone"/>.</summary>
    public async Task EnterAloneAsync(CancellationToken cancellationToken = default)
    {
        await _door.WaitAsync(cancellationToken).ConfigureAwait(false);
        int taken = 0;
        try
        {
            for (; taken < seats; taken++) await _seats.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            if (taken > 0) _seats.Release(taken);
            _door.Release();
            throw;
        }
    }

    public void LeaveAlone()
    {
        _seats.Release(seats);
        _door.Release();
    }

    /// <summary>Waits for a seat; nobody else comes in before <see cref="StepBegun"/> or <see cref="StepRefused"/>.</summary>
    public async Task EnterStepAsync(CancellationToken cancellationToken)
    {
        await _door.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _seats.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _door.Release();
            throw;
        }
    }

    /// <summary>The step has its number and is under way: the next may come in.</summary>
    public void StepBegun()
    {
        lock (_lock) _underWay++;
        _door.Release();
    }

    /// <summary>The step is not begun after all.</summary>
    public void StepRefused()
    {
        _seats.Release();
        _door.Release();
    }

    /// <summary>A step has ended. The seat of one that failed is kept until all that were under way with it have ended; whoever got another meanwhile follows them.</summary>
    public void LeaveStep(bool failed)
    {
        int free;
        lock (_lock)
        {
            _underWay--;
            if (failed) _failed++;
            free = failed ? 0 : 1;
            if (_underWay == 0) (free, _failed) = (free + _failed, 0);
        }
        if (free > 0) _seats.Release(free);
    }
}
