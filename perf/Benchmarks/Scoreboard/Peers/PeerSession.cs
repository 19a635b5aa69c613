using System.Diagnostics;

namespace PipelineBackprop.Benchmarks.Scoreboard.Peers;

/// <summary>A peer that takes turns with us: it waits, with its weights loaded, until it is told that it may compute for a moment.</summary>
internal sealed class PeerSession : IDisposable
{
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(3);

    // The threads of its libraries spin for a while after its turn.
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(100);

    private readonly Process _process;
    private readonly Task<string> _errors;

    private PeerSession(Process process, string label)
    {
        _process = process;
        Label = label;
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>How it is called in the report.</summary>
    public string Label { get; }

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <returns>The session, or what it said where there is none.</returns>
    public static async Task<(PeerSession? Session, string? Why)> StartAsync(ProcessStartInfo start, string label)
    {
        start.RedirectStandardInput = true;
        var session = new PeerSession(Process.Start(start)!, label);
        if (await session.ReadLineAsync() is not null) return (session, null);
        string why = await session.StopAsync();
        session.Dispose();
        return (null, why);
    }

    /// <summary>Lets it compute for as long as its options say; nothing where it has ended, which <see cref="EndAsync"/> tells.</summary>
    public async Task TakeTurnAsync()
    {
        if (_process.HasExited) return;
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
    /// <returns>What it measured in all its turns, or what it said where it failed.</returns>
    public async Task<(PeerResult? Result, string? Why)> EndAsync()
    {
        if (!_process.HasExited) _process.StandardInput.Close();
        return await ReadLineAsync() is { Length: > 0 } line ? (PeerResult.Parse(Label, line), null) : (null, await StopAsync());
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    // Its answer, or null when it has ended or takes too long.
    private async Task<string?> ReadLineAsync()
    {
        using var limit = new CancellationTokenSource(s_longest);
        try
        {
            return await _process.StandardOutput.ReadLineAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private async Task<string> StopAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        return await _errors;
    }
}
