using PipelineBackprop.Benchmarks.Scoreboard;
using PipelineBackprop.Benchmarks.Scoreboard.Peers;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Benchmarks.Tests.Peers;

/// <summary>What becomes of a run whose peer is missing, broken or silent. A script stands for the peer.</summary>
public sealed class PeerRunnerTests : IDisposable
{
    private const string Answer = """{"versions":{"Fake":"1.0"},"medianMs":2.0,"minimumMs":2.0,"turnsMs":[2.0,2.0],"losses":[1.0]}""";
    private const string Ready = "echo; read -r line; ";
    private static readonly Sampler s_twoTurns = new(TimeSpan.FromTicks(1), rests: false, turns: 2);

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("pipelinebackprop-");
    private readonly SectionRun _run = new(Depth.Quick, peers: null);

    [Fact]
    public async Task TakeTurns_PeerThatAnswers_GivesItsResult()
    {
        IReadOnlyList<PeerResult> peers = await TakeTurnsAsync($"{Ready}echo; read -r line; echo; cat; echo '{Answer}'");

        PeerResult peer = Assert.Single(peers);
        Assert.Equal((0.002, 2), (peer.Seconds, peer.Turns.Length));
        Assert.Empty(_run.Notes.Concat(_run.Faults));
    }

    [Theory]
    [InlineData("echo 'it needs more.' >&2; exit 3", "not measured: it needs more.")]
    [InlineData($"{Ready}echo 'it hangs.' >&2; exit 4", "not measured: it hangs.")]
    [InlineData("exit 127", "not measured: fake, here: ended with exit code 127 and without a word.")]
    public async Task TakeTurns_PeerThatCannotRunHere_IsANote(string script, string note)
    {
        Assert.Empty(await TakeTurnsAsync(script));

        Assert.Equal([note], _run.Notes);
        Assert.Empty(_run.Faults);
    }

    [Theory]
    [InlineData("echo 'no such option.' >&2; exit 2", "no such option.")]
    [InlineData($"{Ready}echo 'it failed.' >&2; exit 1", "it failed.")]
    [InlineData($"{Ready}exit 0", "fake, here: ended with exit code 0 and without a word.")]
    public async Task TakeTurns_PeerThatFails_IsAFault(string script, string fault)
    {
        Assert.Empty(await TakeTurnsAsync(script));

        Assert.Equal([fault], _run.Faults);
        Assert.Empty(_run.Notes);
    }

    [Theory]
    [InlineData("what?")]
    [InlineData("""{"medianMs":1.0}""")]
    [InlineData("""{"versions":{},"medianMs":"2","minimumMs":2.0,"turnsMs":[2.0,2.0],"losses":[1.0]}""")]
    [InlineData("""{"versions":{},"medianMs":2.0,"minimumMs":2.0,"turnsMs":[2.0,2.0],"losses":[NaN]}""")]
    public async Task TakeTurns_AnswerThatCannotBeRead_IsAFault(string answer)
    {
        Assert.Empty(await TakeTurnsAsync($"{Ready}echo; read -r line; echo; cat; echo '{answer}'"));

        Assert.StartsWith("fake, here: its answer cannot be read:", Assert.Single(_run.Faults), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exec cat")]
    [InlineData($"{Ready}exec sleep 1000")]
    public async Task TakeTurns_PeerThatHangs_IsEndedAndSaysSo(string script)
    {
        Assert.Empty(await TakeTurnsAsync(script, TimeSpan.FromMilliseconds(600)));

        Assert.Equal(["not measured: fake, here: no answer within 0.01 minutes."], _run.Notes);
        Assert.Empty(_run.Faults);
    }

    public void Dispose() => _root.Delete(recursive: true);

    private async Task<IReadOnlyList<PeerResult>> TakeTurnsAsync(string script, TimeSpan? longest = null)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Peers are started by bash.");
        string folder = Path.Combine(_root.FullName, "perf", "Peers");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "run-peer.sh"), script, TestContext.Current.CancellationToken);
        var step = new StepCase([2, 2], Examples: 2, Stages: 1, MicroBatches: 1, Threads: 1);
        await using Pipeline pipeline = await Pipeline.CreateAsync(step.Options, TestContext.Current.CancellationToken);
        using PeerFiles files = await PeerFiles.WriteAsync(pipeline, step.CreateMinibatch());

        (Samples[] ours, IReadOnlyList<PeerResult> peers) = await new PeerRunner(_root.FullName, longest)
            .TakeTurnsAsync(_run, s_twoTurns, [_ => Task.CompletedTask], "fake", files, seconds: 1, common: [], [("here", [])]);

        Assert.Equal(2, Assert.Single(ours).Turns.Count);
        return peers;
    }
}
