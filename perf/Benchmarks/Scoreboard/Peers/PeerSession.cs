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
    /// <returns>The session, or why there is none.</returns>
    public static async Task<(PeerSession? Session, string? Why)> StartAsync(ProcessStartInfo start, string label)
    {
        start.RedirectStandardInput = true;
        var session = new PeerSession(Process.Start(start)!, label);
        if (await session.ReadLineAsync() is not null) return (session, null);
        string errors = await session._errors;
        session.Dispose();
        return (null, errors);
    }

    /// <summary>Lets it compute for as long as its options say.</summary>
    public async Task TakeTurnAsync()
    {
        await _process.StandardInput.WriteLineAsync();
        await _process.StandardInput.FlushAsync();
        _ = await ReadLineAsync() ?? throw new IOException($"{Label}: {await _errors}");
        await Task.Delay(s_rest);
    }

    /// <summary>Ends it; what it measured in all its turns.</summary>
    public async Task<PeerResult> EndAsync()
    {
        _process.StandardInput.Close();
        return PeerResult.Parse(Label, await ReadLineAsync() ?? throw new IOException($"{Label}: {await _errors}"));
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private async Task<string?> ReadLineAsync()
    {
        using var limit = new CancellationTokenSource(s_longest);
        return await _process.StandardOutput.ReadLineAsync(limit.Token);
    }
}
