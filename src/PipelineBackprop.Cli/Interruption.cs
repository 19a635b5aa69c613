namespace PipelineBackprop.Cli;

/// <summary>What Ctrl-C asks for: the first press to stop at the next good moment, the second to stop at once. Thread-safe.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private int _requests;

    /// <summary>Cancelled by the first press.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Cancelled by the second press.</summary>
    public CancellationToken Abort => _abort.Token;

    /// <summary>Counts a press and returns how many there were.</summary>
    public int Request()
    {
        int requests = Interlocked.Increment(ref _requests);
        (requests == 1 ? _stop : _abort).Cancel();
        return requests;
    }

    public void Dispose()
    {
        _stop.Dispose();
        _abort.Dispose();
    }
}
