namespace PipelineBackprop.Benchmarks.Scoreboard.Peers;

/// <summary>Why a run of a peer has no result.</summary>
/// <param name="Why">A sentence.</param>
/// <param name="IsBroken">Whether the benchmark is broken, and not only the peer missing here.</param>
internal sealed record PeerFailure(string Why, bool IsBroken)
{
    // Those of perf/Peers/README.md that are neither "cannot run here" nor "hangs": whoever ends with them was asked for something wrong, failed at it or said nothing.
    private const int Done = 0, LibraryFailed = 1, BadInput = 2;

    /// <summary>Of a run that ended without an answer.</summary>
    /// <param name="who">The peer and what was different in this run.</param>
    /// <param name="exitCode">As it ended.</param>
    /// <param name="errors">What it wrote to standard error.</param>
    public static PeerFailure Of(string who, int exitCode, string errors) =>
        new(LastLine(errors) ?? $"{who}: ended with exit code {exitCode} and without a word.", exitCode is Done or LibraryFailed or BadInput);

    /// <summary>Of a run that was ended because it took too long.</summary>
    public static PeerFailure Late(string who, TimeSpan limit) => new($"{who}: no answer within {limit.TotalMinutes:0.##} minutes.", IsBroken: false);

    /// <summary>Of a run whose answer is not the line of JSON that it should be.</summary>
    public static PeerFailure Unreadable(string who, Exception error) => new($"{who}: its answer cannot be read: {error.Message}", IsBroken: true);

    private static string? LastLine(string text) => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
}
