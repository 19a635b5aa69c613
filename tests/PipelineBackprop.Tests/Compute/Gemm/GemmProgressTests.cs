using PipelineBackprop.Compute.Gemm;
using PipelineBackprop.Randomness;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Gemm;

public sealed class GemmProgressTests
{
    [Fact]
    public void Take_FromBothEnds_MeetsInTheMiddle()
    {
        GemmProgress progress = default;
        Assert.False(progress.IsUnderWay);
        Assert.False(progress.TryTakeLast(out _, out _));

        progress.Open(7, 4);
        Assert.True(progress.IsUnderWay);
        Assert.True(progress.TryTakeFirst(out int first));
        Assert.True(progress.TryTakeLast(out int block, out int last));
        Assert.Equal((0, 7, 3), (first, block, last));
        Assert.True(progress.TryTakeLast(out _, out last));
        Assert.Equal(2, last);
        Assert.False(progress.TryTakeLast(out _, out _)); // the only one left is its owner's
        Assert.True(progress.TryTakeFirst(out first));
        Assert.Equal(1, first);
        Assert.False(progress.TryTakeFirst(out _));

        progress.Close();
        Assert.False(progress.IsUnderWay);
        Assert.False(progress.TryTakeLast(out _, out _));
    }

    [Fact]
    public void Take_MostTasksOfABlock_CountsThemAll()
    {
        GemmProgress progress = default;
        progress.Open(int.MaxValue - 1, GemmProgress.MaxTasks);
        Assert.True(progress.TryTakeLast(out int block, out int last));
        Assert.Equal((int.MaxValue - 1, GemmProgress.MaxTasks - 1), (block, last));
        int taken = 0;
        while (progress.TryTakeFirst(out int task)) Assert.Equal(taken++, task);
        Assert.Equal(GemmProgress.MaxTasks - 1, taken);
    }

    [Fact]
    public async Task Take_OwnerAndHelpersAtOnce_EveryTaskOnceAndNoneOfTheNextBlockBefore()
    {
        const int Blocks = 3_000, Helpers = 2;
        var shared = new Shared();
        int[] counts = new int[Blocks * 16];
        Task[] helpers = [.. Enumerable.Range(0, Helpers).Select(number => Task.Run(() => shared.Help(counts, (ulong)number), TestContext.Current.CancellationToken))];
        var random = new RandomStream(3, 0);
        try
        {
            for (int block = 0; block < Blocks; block++)
            {
                int tasks = 1 + random.NextInt(16), taken = 0;
                shared.Progress.Open(block, tasks);
                for (; shared.Progress.TryTakeFirst(out int task); taken++)
                {
                    Interlocked.Increment(ref counts[block * 16 + task]);
                    Thread.SpinWait(random.NextInt(200));
                }
                shared.Progress.AwaitHelpers(tasks - taken);
                for (int task = 0; task < 16; task++) Assert.Equal(task < tasks ? 1 : 0, Volatile.Read(ref counts[block * 16 + task]));
            }
        }
        finally
        {
            shared.IsOver = true;
        }
        await Task.WhenAll(helpers);
    }

    private sealed class Shared
    {
        public GemmProgress Progress;
        public volatile bool IsOver;

        public void Help(int[] counts, ulong number)
        {
            var random = new RandomStream(4, number);
            while (!IsOver)
            {
                if (!Progress.TryTakeLast(out int block, out int task))
                {
                    Thread.Yield();
                    continue;
                }
                Thread.SpinWait(random.NextInt(200));
                Interlocked.Increment(ref counts[block * 16 + task]);
                Progress.Complete();
            }
        }
    }
}
