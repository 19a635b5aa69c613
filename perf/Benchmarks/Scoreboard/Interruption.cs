using System.Runtime.InteropServices;

namespace PipelineBackprop.Benchmarks.Scoreboard;

/// <summary>Lets Ctrl-C and SIGTERM end the program as an exit does, so that what has to be cleaned up at the end is.</summary>
internal sealed class Interruption : IDisposable
{
    private const int Interrupted = 130;
    private readonly PosixSignalRegistration[] _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Exit), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Exit)];

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals) signal.Dispose();
    }

    private static void Exit(PosixSignalContext context)
    {
        context.Cancel = true;
        Console.Error.WriteLine("Interrupted; nothing is written.");
        Environment.Exit(Interrupted);
    }
}
