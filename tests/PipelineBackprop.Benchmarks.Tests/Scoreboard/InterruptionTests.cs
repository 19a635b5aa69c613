using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Xunit;

namespace PipelineBackprop.Benchmarks.Tests.Scoreboard;

/// <summary><c>bench</c> as a process of its own that is interrupted.</summary>
public sealed class InterruptionTests
{
    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Bench_SignalledWhileItMeasures_LeavesNoFiles(string signal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals are sent with kill.");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("pipelinebackprop-");
        try
        {
            using var written = new FileSystemWatcher(folder.FullName, "data.safetensors") { IncludeSubdirectories = true, EnableRaisingEvents = true };
            var measures = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            written.Created += (_, _) => measures.TrySetResult();
            using Process process = Start(folder.FullName);
            Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await Task.WhenAny(measures.Task, output);

            using Process kill = Process.Start("/bin/kill", ["-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)]);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);

            Assert.Equal((130, "Interrupted; nothing is written.\n"), (process.ExitCode, await errors));
            Assert.Empty(folder.EnumerateDirectories("pipelinebackprop-bench-*"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Without a path there are no peers to be started, and a shell's background jobs have Ctrl-C ignored.
    private static Process Start(string temporary)
    {
        string host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        var start = new ProcessStartInfo("env")
        {
            ArgumentList =
            {
                "--default-signal=INT", "PATH=/nowhere", $"TMPDIR={temporary}", host, Path.Combine(AppContext.BaseDirectory, "PipelineBackprop.Benchmarks.dll"),
                "scoreboard", "--quick", "--only", "steps",
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }
}
