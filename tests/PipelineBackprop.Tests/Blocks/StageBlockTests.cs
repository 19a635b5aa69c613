using System.Threading.Tasks.Dataflow;
using PipelineBackprop.Blocks;
using PipelineBackprop.Stages;
using Xunit;

namespace PipelineBackprop.Tests.Blocks;

public sealed class StageBlockTests : IDisposable
{
    private readonly StageThread _thread = new("block");
    private readonly List<string> _seen = []; // on the thread only

    public void Dispose() => _thread.Dispose();

    [Fact]
    public async Task Messages_AreHandledOnTheThreadInTheirOrder_AmongTasks()
    {
        int threadId = 0;
        var second = new StageBlock<int>(number => _seen.Add($"second {number} {threadId == Environment.CurrentManagedThreadId}"), _thread);
        var first = new StageBlock<int>(
            number =>
            {
                _seen.Add($"first {number}");
                Assert.True(second.Post(number));
            }, _thread);

        await OnThread(() =>
        {
            threadId = Environment.CurrentManagedThreadId;
            Assert.True(first.Post(1));
            Task.Factory.StartNew(() => _seen.Add("task"), CancellationToken.None, TaskCreationOptions.None, _thread);
            Assert.True(first.Post(2));
            Assert.Empty(_seen);
        });

        Assert.Equal(["first 1", "task", "first 2", "second 1 True", "second 2 True"], await Seen());
    }

    [Fact]
    public async Task AMessage_IsHandledInTheContextOfWhoPostedIt()
    {
        var context = new AsyncLocal<string>();
        var block = new StageBlock<int>(number => _seen.Add($"{number} {context.Value}"), _thread);

        await OnThread(() =>
        {
            foreach (string word in new[] { "a", "b" })
            {
                context.Value = word;
                block.Post(word[0] - 'a');
            }
            context.Value = "neither";
        });

        Assert.Equal(["0 a", "1 b"], await Seen());
    }

    [Fact]
    public async Task AnActionThatThrows_FaultsTheBlockAndNotTheThread()
    {
        var block = new StageBlock<int>(number => throw new InvalidOperationException($"message {number}"), _thread);

        await OnThread(() =>
        {
            block.Post(1);
            block.Post(2);
        });

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => block.Completion.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal("message 1", error.Message);
        await OnThread(() => Assert.False(block.Post(3)));
    }

    [Fact]
    public async Task ABlockToldToComplete_HandlesWhatItHasAndTakesNoMore()
    {
        var block = new StageBlock<int>(number => _seen.Add($"{number}"), _thread);
        await OnThread(() =>
        {
            block.Post(1);
            block.Complete();
            Assert.False(block.Post(2));
            Assert.False(block.Completion.IsCompleted);
        });

        await block.Completion.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["1"], await Seen());
    }

    [Fact]
    public async Task ASourceThatReservesItsMessages_IsAskedForThem()
    {
        var block = new StageBlock<int>(number => _seen.Add($"{number}"), _thread);
        var source = new BroadcastBlock<int>(number => number + 10, new DataflowBlockOptions { TaskScheduler = _thread });
        source.LinkTo(block, new DataflowLinkOptions { PropagateCompletion = true });

        source.Post(1);
        source.Complete();

        await block.Completion.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["11"], await Seen());
    }

    private Task OnThread(Action action) =>
        Task.Factory.StartNew(action, TestContext.Current.CancellationToken, TaskCreationOptions.None, _thread);

    // Behind all that was queued before, and what that has posted.
    private async Task<IReadOnlyList<string>> Seen()
    {
        await OnThread(() => { });
        await OnThread(() => { });
        return _seen;
    }
}
