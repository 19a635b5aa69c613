using System.Runtime.InteropServices;

namespace PipelineBackprop.Cli;

/// <summary>Turns Ctrl-C and the terminate signal into requests to stop; a process that has not ended a moment after the second one is ended.</summary>
internal sealed class InterruptSignals : IDisposable
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(2);
    private readonly PosixSignalRegistration[] _registrations;
    private Timer? _end;

    public InterruptSignals(Interruption interruption)
    {
        void Handle(PosixSignalContext context)
        {
            context.Cancel = true;
            if (interruption.Request() < 2) return;
            _end ??= new Timer(static _ => Environment.Exit(ExitCode.Interrupted), null, s_grace, Timeout.InfiniteTimeSpan);
        }

        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
        _end?.Dispose();
    }
}
