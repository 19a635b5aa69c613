using BenchmarkDotNet.Attributes;
using PipelineBackprop.Stages;

namespace PipelineBackprop.Benchmarks;

/// <summary>
/// What it costs to hand a message from one block to the next when the blocks do nothing: time and bytes a hop. One message in flight is the latency of
/// a hop, more are its throughput.
/// <code>
/// one thread    B0 → B1 → … → B7 ┐      two threads    A0 → B1 → A2 → … → B7 ┐
///               ↑────────────────┘      (2 cores)      ↑─────────────────────┘
/// </code>
/// </summary>
[MemoryDiagnoser]
public class MessageHopBenchmark
{
    // A run of about 10 ms: the caller's own wait at its end does not show.
    private const int Laps = 2000, Hops = Laps * MessageRing.Blocks;

    private StageThread[] _threads = [];
    private MessageRing? _ring;

    /// <summary>Messages that travel at the same time.</summary>
    [Params(1, 8, 32)]
    public int InFlight { get; set; }

    [GlobalSetup(Target = nameof(OneThread))]
    public void StartOneThread() => _ring = new MessageRing(StartThreads(1), InFlight);

    [GlobalSetup(Target = nameof(TwoThreads))]
    public void StartTwoThreads() => _ring = new MessageRing(StartThreads(2), InFlight);

    [GlobalCleanup]
    public void Stop()
    {
        foreach (StageThread thread in _threads) thread.Dispose();
    }

    /// <summary>Blocks on one executor thread: a hop within a stage.</summary>
    [Benchmark(OperationsPerInvoke = Hops)]
    public Task OneThread() => _ring!.RunAsync(Laps);

    /// <summary>Every hop to the other of two executor threads: a hop between stages.</summary>
    [Benchmark(OperationsPerInvoke = Hops)]
    public Task TwoThreads() => _ring!.RunAsync(Laps);

    private StageThread[] StartThreads(int count) =>
        _threads = [.. Enumerable.Range(0, count).Select(index => new StageThread($"hop {index}"))];
}
