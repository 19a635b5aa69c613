using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace PipelineBackprop.Cli.Tests.Kill;

/// <summary>The program as a process of its own whose JSON lines are read one by one, so that waiting is never a matter of time.</summary>
internal sealed partial class ProgramProcess : IAsyncDisposable
{
    private const int Interrupt = 2, Terminate = 15;

    // Bounds every wait: far beyond what a slow machine needs, so that reaching it means that the program hangs.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly Process _process;
    private readonly Task<string> _error;

    private ProgramProcess(Process process)
    {
        _process = process;
        _limit.CancelAfter(s_patience);
        _error = process.StandardError.ReadToEndAsync(_limit.Token);
    }

    /// <summary>Starts the program that was built next to the tests.</summary>
    public static ProgramProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "PipelineBackprop.Cli.dll"));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        return new ProgramProcess(Process.Start(start)!);
    }

    /// <summary>The next event, or null after the last.</summary>
    public async Task<ProgramEvent?> NextAsync()
    {
        string? line = await _process.StandardOutput.ReadLineAsync(_limit.Token);
        return line is null ? null : ProgramEvent.TryParse(line);
    }

    /// <summary>Reads to the event that fits, and fails with the program's last words when none comes.</summary>
    public async Task<ProgramEvent> UntilAsync(Func<ProgramEvent, bool> fits)
    {
        while (await NextAsync() is { } found)
            if (fits(found)) return found;
        Assert.Fail($"The program ended too early: {await _error}");
        return default!;
    }

    /// <summary>Ends the process as SIGKILL does: nothing in it can react.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Presses Ctrl-C.</summary>
    public void Press() => Assert.Equal(0, Signal(_process.Id, PressSignal()));

    /// <summary>Presses Ctrl-C again and again until the program has ended: two presses at once may reach it as one.</summary>
    public async Task PressUntilEndedAsync()
    {
        int signal = PressSignal();
        Task ended = _process.WaitForExitAsync(_limit.Token);
        for (; !ended.IsCompleted; await Task.WhenAny(ended, Task.Delay(20, _limit.Token)))
            if (!_process.HasExited) _ = Signal(_process.Id, signal);
        await ended;
    }

    /// <summary>Reads what is left and returns it with the exit code.</summary>
    public async Task<(int Code, IReadOnlyList<ProgramEvent> Events, string Error)> EndAsync()
    {
        var events = new List<ProgramEvent>();
        while (await NextAsync() is { } found) events.Add(found);
        string error = await _error;
        await _process.WaitForExitAsync(_limit.Token);
        return (_process.ExitCode, events, error);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _limit.Dispose();
    }

    // A shell starts what it runs in the background with SIGINT ignored, and children inherit that; the program takes SIGTERM for the same wish.
    private int PressSignal()
    {
        string status = $"/proc/{_process.Id}/status";
        string? ignored = File.Exists(status) ? File.ReadLines(status).FirstOrDefault(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) : null;
        bool isIgnored = ignored is not null && (Convert.ToUInt64(ignored["SigIgn:".Length..].Trim(), 16) & 1UL << (Interrupt - 1)) != 0;
        return isIgnored ? Terminate : Interrupt;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
