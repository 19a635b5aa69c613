using System.Diagnostics;

namespace PipelineBackprop.Benchmarks.Scoreboard.Peers;

/// <summary>A peer that takes turns with us: it waits, with its weights loaded, until it is told that it may compute for a moment.</summary>
internal sealed class PeerSession : IDisposable
{
    // The threads of its libraries spin for a while after its turn.
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(100);

    private readonly Process _process;
    private readonly string _name, _label;
    private readonly TimeSpan _longest;
    private readonly Task<string> _errors;
    private bool _isLate;

    private PeerSession(Process process, string name, string label, TimeSpan longest)
    {
        _process = process;
        (_name, _label, _longest) = (name, label, longest);
        _errors = process.StandardError.ReadToEndAsync();
    }

    private bool IsOver => _isLate || _process.HasExited;

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <param name="start">How.</param>
    /// <param name="name">The peer.</param>
    /// <param name="label">How the run is called in the report.</param>
    /// <param name="longest">How long it may take for each answer.</param>
    /// <returns>The session, or why there is none.</returns>
    public static async Task<(PeerSession? Session, PeerFailure? Failure)> StartAsync(ProcessStartInfo start, string name, string label, TimeSpan longest)
    {
        start.RedirectStandardInput = true;
        var session = new PeerSession(Process.Start(start)!, name, label, longest);
        if (await session.ReadLineAsync() is not null) return (session, null);
        PeerFailure failure = await session.FailureAsync();
        session.Dispose();
        return (null, failure);
    }

    /// <summary>Lets it compute for as long as its options say; nothing where it has ended, which <see cref="EndAsync"/> tells.</summary>
    public async Task TakeTurnAsync()
    {
        if (IsOver) return;
        try
        {
            await _process.StandardInput.WriteLineAsync();
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            return;
        }
        await ReadLineAsync();
        await Task.Delay(s_rest);
    }

    /// <summary>Ends it.</summary>
    /// <returns>What it measured in all its turns, or why it did not.</returns>
    public async Task<(PeerResult? Result, PeerFailure? Failure)> EndAsync()
    {
        if (!IsOver) _process.StandardInput.Close();
        return !_isLate && await ReadLineAsync() is { Length: > 0 } line ? PeerResult.Read(_name, _label, line) : (null, await FailureAsync());
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    // Its answer, or null when it has ended or is ended because it takes too long: one that hangs holds up one turn, not all.
    private async Task<string?> ReadLineAsync()
    {
        using var limit = new CancellationTokenSource(_longest);
        try
        {
            return await _process.StandardOutput.ReadLineAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _isLate = true;
            _process.Kill(entireProcessTree: true);
            return null;
        }
    }

    // Its output ends a moment before it does, and its exit code is wanted.
    private async Task<PeerFailure> FailureAsync()
    {
        string who = $"{_name}, {_label}";
        if (_isLate) return PeerFailure.Late(who, _longest);
        using var limit = new CancellationTokenSource(_longest);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            return PeerFailure.Late(who, _longest);
        }
        return PeerFailure.Of(who, _process.ExitCode, await _errors);
    }
}
