using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace PipelineBackprop.Benchmarks.Scoreboard.Peers;

/// <summary>Runs perf/Peers/run-peer.sh and reads its line of JSON.</summary>
/// <param name="root">The repository's folder.</param>
/// <param name="longest">How long a peer may take for an answer; null for three minutes.</param>
internal sealed class PeerRunner(string root, TimeSpan? longest = null)
{
    // Libraries that wait by spinning take many times as long when something else runs.
    private const double Disturbed = 1.3;
    private readonly TimeSpan _longest = longest ?? TimeSpan.FromMinutes(3);
    private readonly HashSet<string> _built = []; // peers that ran, so that they need not be built again

    /// <summary>The versions of all peers that ran.</summary>
    public SortedDictionary<string, string> Versions { get; } = new(StringComparer.Ordinal);

    /// <summary>Several runs of one peer, one after the other; each that failed adds a line to the notes.</summary>
    /// <param name="run">Takes the notes.</param>
    /// <param name="name">The peer.</param>
    /// <param name="files">Weights and minibatch; null for a peer that makes its own.</param>
    /// <param name="common">Options of all runs.</param>
    /// <param name="variants">What is different in each run: how it is called in the report, and its options.</param>
    public async Task<IReadOnlyList<PeerResult>> RunAsync(
        SectionRun run, string name, PeerFiles? files, string[] common, IEnumerable<(string Label, string[] Options)> variants)
    {
        List<PeerResult> results = [];
        foreach ((string label, string[] options) in variants)
        {
            (PeerResult? result, PeerFailure? failure) = await RunOnceAsync(name, label, Arguments(files, common, options));
            if (result is not null) results.Add(Note(run, name, result));
            else NoteMissing(run, failure!);
        }
        return results;
    }

    /// <summary>A run for each thread count.</summary>
    public static IEnumerable<(string Label, string[] Options)> OfThreads(int[] counts) => counts.Select(threads => (Words.Threads(threads), new[] { "--threads", $"{threads}" }));

    /// <summary>Times works of ours and several runs of one peer in turns; each run that failed adds a line to the notes.</summary>
    /// <param name="run">Takes the notes.</param>
    /// <param name="sampler">How many turns.</param>
    /// <param name="works">Ours.</param>
    /// <param name="name">The peer.</param>
    /// <param name="files">Weights and minibatch.</param>
    /// <param name="seconds">Time of each run of the peer, all turns together.</param>
    /// <param name="common">Options of all runs.</param>
    /// <param name="variants">What is different in each run: how it is called in the report, and its options.</param>
    public async Task<(Samples[] Ours, IReadOnlyList<PeerResult> Peers)> TakeTurnsAsync(
        SectionRun run, Sampler sampler, Work[] works, string name, PeerFiles files, double seconds, string[] common,
        IEnumerable<(string Label, string[] Options)> variants)
    {
        string turn = (seconds / sampler.Turns).ToString("0.000", CultureInfo.InvariantCulture);
        List<PeerSession> sessions = [];
        try
        {
            foreach ((string label, string[] options) in variants)
            {
                if (await StartAsync(run, name, label, [.. Arguments(files, common, options), "--seconds", turn, "--turns"]) is { } session) sessions.Add(session);
            }
            Samples[] ours = await sampler.MeasureAsync(works, sessions);
            List<PeerResult> results = [];
            foreach (PeerSession session in sessions)
            {
                (PeerResult? result, PeerFailure? failure) = await session.EndAsync();
                if (result is not null) results.Add(Note(run, name, result));
                else NoteMissing(run, failure!);
            }
            return (ours, results);
        }
        finally
        {
            foreach (PeerSession session in sessions) session.Dispose();
        }
    }

    private async Task<PeerSession?> StartAsync(SectionRun run, string name, string label, string[] options)
    {
        try
        {
            (PeerSession? session, PeerFailure? failure) = await PeerSession.StartAsync(Start(name, options), name, label, _longest);
            if (session is not null) _built.Add(name);
            else NoteMissing(run, failure!);
            return session;
        }
        catch (Win32Exception error)
        {
            NoteMissing(run, NotStarted(name, label, error));
            return null;
        }
    }

    private PeerResult Note(SectionRun run, string name, PeerResult result)
    {
        if (result.Seconds > Disturbed * result.Least)
            run.Notes.Add($"Disturbed: {name}, {result.Label}, took {Measure.OfSeconds(result.Seconds).Text} as a median and {Measure.OfSeconds(result.Least).Text} at its best.");
        foreach ((string library, string version) in result.Versions.Where(pair => pair.Key != ".NET")) Versions[library] = version;
        return result;
    }

    private static void NoteMissing(SectionRun run, PeerFailure failure)
    {
        if (failure.IsBroken) run.Faults.Add(failure.Why);
        else if (!run.Notes.Contains($"not measured: {failure.Why}")) run.Notes.Add($"not measured: {failure.Why}");
    }

    private static PeerFailure NotStarted(string name, string label, Win32Exception error) => new($"{name}, {label}: {error.Message}", IsBroken: false);

    private static string[] Arguments(PeerFiles? files, string[] common, string[] options) =>
        [.. files is null ? [] : new[] { "--weights", files.Weights, "--data", files.Data }, .. common, .. options];

    private ProcessStartInfo Start(string name, string[] options) =>
        new("bash", [Path.Combine(root, "perf", "Peers", "run-peer.sh"), .. _built.Contains(name) ? new[] { "--no-build" } : [], name, .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

    private async Task<(PeerResult? Result, PeerFailure? Failure)> RunOnceAsync(string name, string label, string[] options)
    {
        try
        {
            using Process process = Process.Start(Start(name, options))!;
            using var limit = new CancellationTokenSource(_longest);
            Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                return (null, PeerFailure.Late($"{name}, {label}", _longest));
            }
            if (process.ExitCode != 0) return (null, PeerFailure.Of($"{name}, {label}", process.ExitCode, await errors));
            _built.Add(name);
            return PeerResult.Read(name, label, await output);
        }
        catch (Win32Exception error)
        {
            return (null, NotStarted(name, label, error));
        }
    }
}
