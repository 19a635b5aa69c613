using PipelineBackprop.Compute.Gemm;
using PipelineBackprop.Compute.Threading;

namespace PipelineBackprop.Tests.Compute.Threading;

/// <summary>Threads with nothing to do but to help at one door.</summary>
internal sealed class Visitors : IDisposable
{
    private readonly JobExchange _exchange = new();
    private readonly Thread[] _threads;
    private volatile bool _stops;

    public Visitors(int count)
    {
        Door = _exchange.Join();
        _threads = [.. Enumerable.Range(0, count).Select(_ => new Thread(Visit))];
        foreach (Thread thread in _threads) thread.Start();
    }

    public OpenJob Door { get; }

    public void Dispose()
    {
        _stops = true;
        foreach (Thread thread in _threads) thread.Join();
    }

    private void Visit()
    {
        OpenJob own = _exchange.Join();
        using var guest = new Guest(MatrixProduct.GuestBytes<float>()) { IsCalled = () => _stops };
        while (!_stops)
            if (!_exchange.TryHelp(own, guest)) Thread.Yield();
    }
}
