using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;

namespace PipelineBackprop.Benchmarks.Tests.Peers;

/// <summary>The scripts of perf/Peers, as far as they go without the libraries of the peers.</summary>
public sealed class ScriptTests
{
    private const string Line = """{"peer":"PEER","sizes":[2,2],"batch":1,"lr":0.01,"lambda":0.1,"losses":[1.0,LOSS]}""";

    [Theory]
    [InlineData("PyTorch/step.py --threads 0", "step.py: argument --threads: '0', where an integer of 1 or more would be right.")]
    [InlineData("PyTorch/step.py --steps 0", "step.py: argument --steps: '0', where an integer of 1 or more would be right.")]
    [InlineData("PyTorch/step.py --lr nan", "step.py: argument --lr: 'nan', where a number of 0 or more would be right.")]
    [InlineData("PyTorch/step.py --seconds -1", "step.py: argument --seconds: '-1', where a number of 0 or more would be right.")]
    [InlineData("PyTorch/step.py --sizes 784-x", "step.py: argument --sizes: '784-x', where sizes such as 784-256-10 would be right.")]
    [InlineData("PyTorch/pipelining.py --micro-batches 0", "pipelining.py: argument --micro-batches: '0', where an integer of 1 or more would be right.")]
    public async Task Peer_BadOption_IsRefusedInOneSentence(string words, string sentence)
    {
        (int exitCode, string errors) = await RunAsync("python3", words);

        Assert.Equal((2, sentence), (exitCode, errors.TrimEnd()));
    }

    [Theory]
    [InlineData("1.00001", 0)]
    [InlineData("1.1", 1)]
    [InlineData("NaN", 1)]
    public async Task CompareLosses_LossesOfAPeer_AreEqualOrNot(string loss, int code)
    {
        (int exitCode, _) = await RunAsync("python3", "compare-losses.py", Of("one", "1.0"), Of("other", loss));

        Assert.Equal(code, exitCode);
    }

    [Theory]
    [InlineData("junk")]
    [InlineData("""{"peer":"onnxruntime"}""")]
    public async Task CompareLosses_LineThatIsNone_IsBadInput(string line)
    {
        (int exitCode, string errors) = await RunAsync("python3", "compare-losses.py", Of("one", "1.0"), line);

        Assert.Equal(2, exitCode);
        Assert.Contains("a line on standard input cannot be compared", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunPeer_RootWithoutAFolder_IsBadInput() =>
        Assert.Equal((2, "run-peer.sh: --root is missing its folder.\n"), await RunAsync("bash", "run-peer.sh --root"));

    private static string Of(string peer, string loss) => Line.Replace("PEER", peer).Replace("LOSS", loss);

    private static async Task<(int ExitCode, string Errors)> RunAsync(string program, string words, params string[] input)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The peers are for Linux.");
        var start = new ProcessStartInfo(program, words.Split(' ')) { WorkingDirectory = Folder(), RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        // So that Python leaves nothing beside its programs.
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            foreach (string line in input) await process.StandardInput.WriteLineAsync(line);
            process.StandardInput.Close();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            await output;
            return (process.ExitCode, await errors);
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{program} is missing.");
            throw;
        }
    }

    private static string Folder([CallerFilePath] string thisFile = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", "perf", "Peers"));
}
