using System.Threading.Tasks.Dataflow;

namespace PipelineBackprop.Blocks;

/// <summary>
/// A TPL Dataflow target whose messages are handled one by one on a stage's thread, in the order they were posted. An <see cref="ActionBlock{T}"/> starts a task
/// whenever a message finds it idle, as every message within a stage does; here it is an entry in each of two queues and nothing is allocated. Like every block it
/// handles a message in the execution context of whoever posted it, and takes no more once its action has thrown. Used on the stage's thread only.
/// </summary>
internal sealed class StageBlock<T>(Action<T> action, IBlockThread thread) : ITargetBlock<T>, IBlockWork
{
    private static readonly ContextCallback s_handle = static state => ((StageBlock<T>)state!).Handle();

    private readonly Queue<(T Message, ExecutionContext? Context)> _messages = [];
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _current = default!;
    private bool _declines;

    /// <inheritdoc/>
    public Task Completion => _completion.Task;

    /// <inheritdoc/>
    public DataflowMessageStatus OfferMessage(DataflowMessageHeader messageHeader, T messageValue, ISourceBlock<T>? source, bool consumeToAccept)
    {
        if (_declines) return DataflowMessageStatus.DecliningPermanently;
        if (consumeToAccept)
        {
            messageValue = source!.ConsumeMessage(messageHeader, this, out bool isConsumed)!;
            if (!isConsumed) return DataflowMessageStatus.NotAvailable;
        }
        _messages.Enqueue((messageValue, ExecutionContext.Capture()));
        thread.Queue(this);
        return DataflowMessageStatus.Accepted;
    }

    /// <inheritdoc/>
    public void Run()
    {
        if (_messages.Count == 0) return;
        (_current, ExecutionContext? context) = _messages.Dequeue();
        if (context is null) Handle();
        else ExecutionContext.Run(context, s_handle, this);
        if (_declines && _messages.Count == 0) _completion.TrySetResult();
    }

    /// <inheritdoc/>
    public void Complete()
    {
        _declines = true;
        if (_messages.Count == 0) _completion.TrySetResult();
    }

    /// <inheritdoc/>
    public void Fault(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        _declines = true;
        _messages.Clear();
        _completion.TrySetException(exception);
    }

    private void Handle()
    {
        T message = _current;
        _current = default!;
        try
        {
            action(message);
        }
        catch (Exception exception)
        {
            Fault(exception);
        }
    }
}
