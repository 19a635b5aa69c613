using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace PipelineBackprop.Compute.Threading;

/// <summary>
/// A fork-join team: the caller and <c>threads − 1</c> background threads execute the parts of one job together. A run allocates
/// nothing; with one thread it is a plain loop. The helpers spin for some microseconds after a run and then sleep until the next.
/// <para>One caller at a time, and a part must not call <see cref="Run"/> of its own team: both throw
/// <see cref="InvalidOperationException"/> where the team has more than one thread.</para>
/// </summary>
internal sealed unsafe class ThreadTeam : IDisposable
{
    private readonly TeamHelper[] _helpers;
    private int _busy;
    private bool _disposed;

    // The current run: written by the caller before it offers the run, read by the helpers after they took it.
    private delegate*<void*, int, void> _execute;
    private void* _job;
    private int _parts;
    private readonly PaddedCounter[] _next; // of every thread's own range of parts
    private ExceptionDispatchInfo? _fault;

    /// <summary>Starts the helpers.</summary>
    /// <param name="threads">Threads that execute parts, the caller included; at least 1.</param>
    /// <param name="name">What the helpers' threads are called, followed by their number.</param>
    /// <param name="start">Starts a thread; null for <see cref="Thread.Start()"/>. When it throws, those that run are ended.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is less than 1.</exception>
    public ThreadTeam(int threads, string name, Action<Thread>? start = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentNullException.ThrowIfNull(name);
        Threads = threads;
        _helpers = new TeamHelper[threads - 1];
        _next = new PaddedCounter[threads];
        int started = 0;
        try
        {
            for (; started < _helpers.Length; started++)
                _helpers[started] = new TeamHelper(this, started + 1, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name} helper {started + 1}"), start);
        }
        catch
        {
            // Nobody gets the team, so nobody else could end them.
            for (int i = 0; i < started; i++) _helpers[i].Stop();
            throw;
        }
    }

    /// <summary>Threads that execute parts, the caller included.</summary>
    public int Threads { get; }

    /// <summary>
    /// Executes every part 0 … <paramref name="parts"/> − 1 exactly once, on any of the team's threads in any order, and returns when
    /// all are done. When a part throws, parts that have not started are left out, those under way finish, and the exception
    /// that came first is thrown here with its stack trace; the team can be used again.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="parts"/> is negative.</exception>
    /// <exception cref="InvalidOperationException">Another run of this team is in progress.</exception>
    /// <exception cref="ObjectDisposedException">The team is disposed.</exception>
    public void Run<TJob>(int parts, TJob job)
        where TJob : struct, ITeamJob
    {
        ArgumentOutOfRangeException.ThrowIfNegative(parts);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (parts <= 1 || _helpers.Length == 0)
        {
            for (int part = 0; part < parts; part++)
                job.Execute(part);
            return;
        }
        // The parameter lives in this frame until every helper has left the run, so its address is safe to share.
        RunShared(parts, &Execute<TJob>, Unsafe.AsPointer(ref job));
    }

    /// <summary>Ends the helpers and waits for them. Not while a run is in progress. A second call does nothing.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        foreach (TeamHelper helper in _helpers)
            helper.Stop();
    }

    /// <summary>
    /// Executes the parts of one thread's range and then what the others have left of theirs; called by every thread that takes part in the run. The ranges are
    /// the same in every run of as many parts, so that a thread finds in its caches what it left there.
    /// </summary>
    internal void Work(int thread)
    {
        try
        {
            for (int i = 0; i < Threads; i++) WorkIn((thread + i) % Threads);
        }
        catch (Exception exception)
        {
            if (Volatile.Read(ref _fault) is null)
                Interlocked.CompareExchange(ref _fault, ExceptionDispatchInfo.Capture(exception), null);
            // Past the last part, and far from overflow however many threads still count up.
            foreach (ref PaddedCounter next in _next.AsSpan()) Interlocked.Exchange(ref next.Value, long.MaxValue / 2);
        }
    }

    private void WorkIn(int range)
    {
        long end = First(range + 1);
        for (long part = Interlocked.Increment(ref _next[range].Value); part < end; part = Interlocked.Increment(ref _next[range].Value))
            _execute(_job, (int)part);
    }

    private long First(int range) => (long)_parts * range / Threads;

    private void RunShared(int parts, delegate*<void*, int, void> execute, void* job)
    {
        if (Interlocked.Exchange(ref _busy, 1) != 0)
            throw new InvalidOperationException("This thread team is already executing a run; a team serves one caller at a time and is not reentrant.");
        _execute = execute;
        _job = job;
        _parts = parts;
        for (int i = 0; i < Threads; i++) _next[i].Value = First(i) - 1;
        _fault = null;
        int helpers = Math.Min(_helpers.Length, parts - 1);
        for (int i = 0; i < helpers; i++)
            _helpers[i].Offer();
        Work(0);
        for (int i = 0; i < helpers; i++)
            _helpers[i].WithdrawOrAwait();
        ExceptionDispatchInfo? fault = _fault;
        _fault = null;
        Volatile.Write(ref _busy, 0);
        fault?.Throw();
    }

    private static void Execute<TJob>(void* job, int part)
        where TJob : struct, ITeamJob => Unsafe.AsRef<TJob>(job).Execute(part);

    // Alone on its cache lines: each is counted up by its own thread, most of the time.
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct PaddedCounter
    {
        [FieldOffset(64)] public long Value;
    }
}
