using System.Threading.Tasks.Dataflow;
using PipelineBackprop.Blocks;
using PipelineBackprop.Stages;

namespace PipelineBackprop.Benchmarks;

/// <summary>
/// Eight blocks in a ring that post to each other, as the blocks of a stage and the stages do; messages go round it and no block does any work, so the time
/// is that of the hops. Block i lives on thread i modulo the number of threads.
/// </summary>
internal sealed class MessageRing
{
    public const int Blocks = 8;

    private readonly StageThread[] _threads;
    private readonly ITargetBlock<MicroBatchMessage>[] _blocks = new ITargetBlock<MicroBatchMessage>[Blocks];
    private readonly int _inFlight;
    private readonly MicroBatchMessage[] _messages;

    // Both are touched by the last block's thread only while messages travel.
    private int _lapsLeft;
    private TaskCompletionSource _lapped = new();

    public MessageRing(StageThread[] threads, int inFlight)
    {
        _threads = threads;
        _inFlight = inFlight;
        _messages = [.. Enumerable.Range(0, inFlight).Select(_ => new MicroBatchMessage())];
        _blocks[^1] = Block(EndLap, Blocks - 1);
        for (int i = Blocks - 2; i >= 0; i--)
        {
            ITargetBlock<MicroBatchMessage> next = _blocks[i + 1];
            _blocks[i] = Block(message => next.Post(message), i);
        }
    }

    /// <summary>Lets the messages make that many laps together, at least one each, and ends when all have come to rest.</summary>
    public Task RunAsync(int laps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(laps, _inFlight);
        _lapped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _lapsLeft = laps;
        // From the last block's thread, so that the first block has a single producer.
        _ = Task.Factory.StartNew(Start, CancellationToken.None, TaskCreationOptions.None, ThreadOf(Blocks - 1));
        return _lapped.Task;
    }

    private void Start()
    {
        foreach (MicroBatchMessage message in _messages) _blocks[0].Post(message);
    }

    private void EndLap(MicroBatchMessage message)
    {
        _lapsLeft--;
        if (_lapsLeft >= _inFlight) _blocks[0].Post(message);
        else if (_lapsLeft == 0) _lapped.SetResult();
    }

    private StageThread ThreadOf(int block) => _threads[block % _threads.Length];

    // As in the engine: within a stage its own blocks, towards another stage an inbox.
    private ITargetBlock<MicroBatchMessage> Block(Action<MicroBatchMessage> action, int index) => _threads.Length == 1
        ? new StageBlock<MicroBatchMessage>(action, ThreadOf(index))
        : new ActionBlock<MicroBatchMessage>(action, new ExecutionDataflowBlockOptions { TaskScheduler = ThreadOf(index), MaxDegreeOfParallelism = 1, EnsureOrdered = true });
}
