namespace PipelineBackprop.Inference;

/// <summary>
/// The seats of a predictor: as many as calls have ever been under way together, lent and taken back without allocating. Thread-safe.
/// </summary>
internal sealed class PredictorSeats(IPredictorSeat? team, Func<IPredictorSeat> create, IDisposable weights) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Stack<IPredictorSeat> _free = []; // guarded by _lock, the team's seat apart
    private IPredictorSeat? _team = team; // guarded by _lock, null while lent
    private int _lent; // guarded by _lock
    private bool _disposed; // guarded by _lock

    /// <summary>The team's seat if it is free, else one without.</summary>
    /// <exception cref="ObjectDisposedException">The predictor was disposed.</exception>
    public IPredictorSeat Rent()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(Predictor));
            _lent++;
            if (_team is { } shared)
            {
                _team = null;
                return shared;
            }
            if (_free.TryPop(out IPredictorSeat? seat)) return seat;
        }
        try
        {
            return create();
        }
        catch
        {
            Leave();
            throw;
        }
    }

    /// <summary>Takes a seat back.</summary>
    public void Return(IPredictorSeat seat)
    {
        lock (_lock)
        {
            if (seat.IsTeam) _team = seat;
            else _free.Push(seat);
        }
        Leave();
    }

    /// <summary>Frees everything as soon as no call is under way; none can begin from now on.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            _lent++;
        }
        Leave();
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (--_lent > 0 || !_disposed) return;
        }
        foreach (IPredictorSeat seat in _free) seat.Dispose();
        _team?.Dispose();
        weights.Dispose();
    }
}
