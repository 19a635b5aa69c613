using System.Diagnostics;
using System.Globalization;
using PipelineBackprop.Checkpoints;
using Xunit;

namespace PipelineBackprop.Cli.Tests;

/// <summary>The program as a process of its own: exit codes and signals.</summary>
public sealed class ProcessTests : TemporaryFolder
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("config validate small.json", ExitCode.Done)]
    [InlineData("config validate none.json", ExitCode.BadInput)]
    [InlineData("gradcheck linear.json --tolerance 1e-300", ExitCode.Failed)]
    public async Task Process_Ends_WithItsExitCode(string arguments, int code)
    {
        using Process process = Start(arguments.Split(' '));

        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(code, process.ExitCode);
        Assert.Equal(code == ExitCode.BadInput, error.Length > 0);
    }

    [Theory]
    [InlineData("INT", 1)]
    [InlineData("TERM", 1)]
    [InlineData("INT", 2)]
    public async Task Process_Signalled_StopsWithCode130AndAReadableCheckpoint(string signal, int times)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are sent with kill.");
        using Process process = StartTraining();
        await FirstCheckpointAsync(process);

        for (int i = 0; i < times; i++) await SignalAsync(process, signal);
        using var limit = new CancellationTokenSource(s_patience);
        await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);

        Assert.Equal(ExitCode.Interrupted, process.ExitCode);
        LoadedCheckpoint loaded = await new CheckpointStore(At("runs", "small")).LoadLatestAsync(TestContext.Current.CancellationToken);
        Assert.Empty(loaded.Skipped);
        if (times == 1)
            Assert.Equal($"Interrupted after step {loaded.Checkpoint.Step}; the checkpoint is saved, --name small --resume continues the run.\n", await process.StandardError.ReadToEndAsync(limit.Token));
    }

    [Fact]
    public async Task Optimise_InterruptedWhileTheSolverSearches_StopsWithCode130()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What a process has loaded is read from /proc.");
        using Process process = Start("schedule", "optimise", "--stages", "6", "--microbatches", "12", "--seconds", "1000");
        using var limit = new CancellationTokenSource(s_patience);
        while (!(await File.ReadAllTextAsync($"/proc/{process.Id}/maps", limit.Token)).Contains("ortools", StringComparison.Ordinal)) await Task.Delay(20, limit.Token);
        await Task.Delay(TimeSpan.FromSeconds(1), limit.Token); // the model is built in far less, and the search lasts far longer

        await SignalAsync(process, "INT");
        await process.WaitForExitAsync(limit.Token);

        Assert.Equal((ExitCode.Interrupted, "Interrupted.\n"), (process.ExitCode, await process.StandardError.ReadToEndAsync(limit.Token)));
    }

    private Process StartTraining() => Start("train", RunFile, "--runs", Runs, "--json", "--set", "training.epochs=1000000", "--set", "training.checkpointEverySteps=20");

    private Process Start(params string[] arguments)
    {
        // A shell starts its background jobs with Ctrl-C ignored, and so would this process and its children be.
        bool resets = OperatingSystem.IsLinux();
        var start = new ProcessStartInfo(resets ? "env" : "dotnet") { WorkingDirectory = At(), RedirectStandardOutput = true, RedirectStandardError = true };
        if (resets)
        {
            start.ArgumentList.Add("--default-signal=INT");
            start.ArgumentList.Add("dotnet");
        }
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "PipelineBackprop.Cli.dll"));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static async Task FirstCheckpointAsync(Process process)
    {
        using var limit = new CancellationTokenSource(s_patience);
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            if (line.Contains("\"event\":\"checkpoint\"", StringComparison.Ordinal)) return;
    }

    private static async Task SignalAsync(Process process, string signal)
    {
        using Process kill = Process.Start("kill", ["-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
