using PipelineBackprop.Compute.Threading;
using PipelineBackprop.Testing.Compute;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Threading;

public sealed class ThreadTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Run_AnyNumberOfParts_ExecutesEveryPartExactlyOnce(int threads)
    {
        using var team = new ThreadTeam(threads, "test");
        int[] counts = new int[100];
        for (int parts = 0; parts <= 100; parts++)
        {
            Array.Clear(counts);
            team.Run(parts, new CountJob(counts));
            for (int i = 0; i < counts.Length; i++)
                Assert.Equal(i < parts ? 1 : 0, counts[i]);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Run_ManyQuickRunsInARow_LosesAndRepeatsNothing(int threads)
    {
        using var team = new ThreadTeam(threads, "test");
        int[] counts = new int[16];
        int[] expected = new int[16];
        for (int run = 0; run < 20_000; run++)
        {
            int parts = run * 7 % 17;
            team.Run(parts, new CountJob(counts));
            for (int i = 0; i < parts; i++)
                expected[i]++;
            // The caller sees the parts' plain writes as soon as Run is back.
            Assert.True(counts.AsSpan().SequenceEqual(expected), $"Counts differ after run {run} of {parts} parts.");
        }
    }

    [Fact]
    public void Run_AfterTheHelpersWentToSleep_WakesThem()
    {
        using var team = new ThreadTeam(2, "test");
        using var other = new ManualResetEventSlim();
        for (int round = 0; round < 5; round++)
        {
            other.Wait(20, TestContext.Current.CancellationToken);
            using var meeting = new Barrier(2);
            // Both parts must be under way at the same time, so a helper that sleeps on would hang the run.
            team.Run(2, new MeetJob(meeting));
            Assert.Equal(1, meeting.CurrentPhaseNumber);
        }
    }

    [Fact]
    public void Run_WhenAHelperIsSlow_WaitsForIt()
    {
        using var team = new ThreadTeam(2, "test");
        int[] counts = new int[2];
        for (int round = 0; round < 3; round++)
        {
            Array.Clear(counts);
            using var meeting = new Barrier(2);
            team.Run(2, new SlowHelperJob(counts, new MeetJob(meeting), Environment.CurrentManagedThreadId));
            Assert.Equal([1, 1], counts);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Run_WhenPartsThrow_ThrowsOneOfTheirExceptionsAndCanBeUsedAgain(int threads)
    {
        using var team = new ThreadTeam(threads, "test");
        int[] counts = new int[64];
        for (int round = 0; round < 200; round++)
        {
            int first = round % 64;
            var thrown = Assert.Throws<FormatException>(() => team.Run(64, new ThrowJob(counts, first)));
            Assert.True(int.Parse(thrown.Message, System.Globalization.CultureInfo.InvariantCulture) >= first);
            Array.Clear(counts);
            team.Run(64, new CountJob(counts));
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void Run_FromWithinAPart_Throws()
    {
        using var team = new ThreadTeam(2, "test");
        Assert.Throws<InvalidOperationException>(() => team.Run(2, new NestedJob(team)));
        team.Run(2, new CountJob(new int[2]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Run_AfterWarmUp_AllocatesNothing(int threads)
    {
        using var team = new ThreadTeam(threads, "test");
        int[] counts = new int[8];
        Allocations.AssertNone(() => team.Run(8, new CountJob(counts)), warmUps: 100, repeatsInARound: 100);
    }

    [Fact]
    public void Run_WhileTheCollectorMovesTheJobsObjects_SeesThemMoved()
    {
        using var team = new ThreadTeam(2, "test");
        for (int round = 0; round < 50; round++)
        {
            int[] counts = new int[32];
            team.Run(32, new CollectJob(counts));
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void Dispose_Twice_EndsTheHelpersAndRefusesRuns()
    {
        var team = new ThreadTeam(3, "test");
        team.Run(3, new CountJob(new int[3]));
        team.Dispose();
        team.Dispose();
        Assert.Throws<ObjectDisposedException>(() => team.Run(1, new CountJob(new int[1])));
    }

    // All parts are under way at once, so nobody takes another's.
    [Fact]
    public void Run_WhenAllTakePart_GivesEveryThreadTheSamePartsAgain()
    {
        using var team = new ThreadTeam(3, "test");
        int[] first = new int[3], threads = new int[3];
        for (int round = 0; round < 30; round++)
        {
            using var meeting = new Barrier(3);
            team.Run(3, new NoteJob(threads, new MeetJob(meeting)));
            if (round == 0) threads.CopyTo(first, 0);
            Assert.Equal(first, threads);
        }
        Assert.Equal(Environment.CurrentManagedThreadId, first[0]);
    }

    [Fact]
    public void Constructor_WithoutThreads_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => new ThreadTeam(0, "test"));

    [Fact]
    public void Constructor_AThreadThatCannotBeStarted_EndsThoseThatRun()
    {
        var started = new List<Thread>();
        Assert.Throws<OutOfMemoryException>(() => new ThreadTeam(5, "test", thread =>
        {
            if (started.Count == 2) throw new OutOfMemoryException("no thread is left");
            thread.Start();
            started.Add(thread);
        }));
        Assert.Equal([false, false], started.Select(thread => thread.IsAlive));
    }

    private readonly struct CountJob(int[] counts) : ITeamJob
    {
        public void Execute(int part) => counts[part]++;
    }

    private readonly struct NoteJob(int[] threads, MeetJob meeting) : ITeamJob
    {
        public void Execute(int part)
        {
            meeting.Execute(part);
            threads[part] = Environment.CurrentManagedThreadId;
        }
    }

    private readonly struct MeetJob(Barrier meeting) : ITeamJob
    {
        public void Execute(int part)
        {
            if (!meeting.SignalAndWait(TimeSpan.FromSeconds(20)))
                throw new TimeoutException("The other part never ran.");
        }
    }

    // The caller is done at once and the helper long after it, spinning and sleeping caller alike.
    private readonly struct SlowHelperJob(int[] counts, MeetJob meeting, int caller) : ITeamJob
    {
        public void Execute(int part)
        {
            meeting.Execute(part);
            if (Environment.CurrentManagedThreadId != caller)
                Thread.Sleep(150);
            counts[part]++;
        }
    }

    private readonly struct ThrowJob(int[] counts, int first) : ITeamJob
    {
        public void Execute(int part)
        {
            if (part >= first)
                throw new FormatException(part.ToString(System.Globalization.CultureInfo.InvariantCulture));
            counts[part]++;
        }
    }

    private readonly struct NestedJob(ThreadTeam team) : ITeamJob
    {
        public void Execute(int part) => team.Run(2, new CountJob(new int[2]));
    }

    private readonly struct CollectJob(int[] counts) : ITeamJob
    {
        public void Execute(int part)
        {
            if (part % 8 == 0)
                GC.Collect(0);
            counts[part]++;
        }
    }
}
