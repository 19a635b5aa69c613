namespace PipelineBackprop.Peers;

/// <summary>What ends a peer with one line on standard error.</summary>
/// <param name="exitCode">2 for bad input, 3 when the peer cannot run here.</param>
/// <param name="message">One sentence.</param>
internal sealed class PeerException(int exitCode, string message) : Exception(message)
{
    public const int BadInput = 2, CannotRunHere = 3;

    public int ExitCode => exitCode;
}
