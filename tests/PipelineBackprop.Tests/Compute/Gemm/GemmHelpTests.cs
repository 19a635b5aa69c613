using System.Diagnostics;
using PipelineBackprop.Compute.Gemm;
using PipelineBackprop.Compute.Threading;
using PipelineBackprop.Randomness;
using PipelineBackprop.Tests.Compute.Threading;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Gemm;

/// <summary>Threads that have finished their part of a product take tasks from the others.</summary>
public sealed unsafe class GemmHelpTests
{
    // Each is large enough to be shared; together: panels of A kept over several blocks of columns, rows in place, Cᵀ computed in place of C (flat and narrow), accumulation,
    // one and several blocks of rows against packed panels of B.
    private static readonly GemmShape[] s_shapes =
    [
        new(132, 4000, 290), new(200, 1060, 700, TransposeA: true, Bias: true), new(300, 300, 300, TransposeB: true), new(48, 2000, 100, TransposeB: true, Bias: true),
        new(4000, 10, 256, TransposeA: true), new(257, 520, 345, Accumulate: true), new(2060, 600, 40, TransposeA: true),
        new(37, 1060, 700, TransposeB: true, Bias: true, Packed: true), new(1300, 300, 400, Packed: true),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Multiply_PartThatStandsStill_IsTakenOverByTheOtherThread(bool packed)
    {
        using var team = new ThreadTeam(2, "test");
        using var workspace = new GemmWorkspace();
        using var product = new GemmCase<float>(new GemmShape(480, 160, 512, Packed: packed));
        var meeting = new Meeting(product.Problem, firstRowOfSecondHalf: 240);
        float[] result = Run(product.Problem, workspace, team, &StandStill, &meeting);

        Assert.True(meeting.WasHelped, "While a row of tiles waited, no other thread took one of its half.");
        Assert.Equal(product.Run(GemmPath.Auto, null, workspace), result);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Multiply_ThreadsOfVaryingSpeed_GiveTheSameBits(int threads)
    {
        using var team = new ThreadTeam(threads, "test");
        using var workspace = new GemmWorkspace();
        foreach (GemmShape shape in s_shapes)
        {
            using var product = new GemmCase<float>(shape);
            float[] expected = product.Run(GemmPath.Auto, null, workspace);
            for (int round = 1; round <= 8; round++)
            {
                var slow = new SlowPlace(product.Problem, (ulong)round);
                float[] result = Run(product.Problem, workspace, team, &WaitInSlowPlace, &slow);
                Assert.True(expected.AsSpan().SequenceEqual(result), $"{shape} on {threads} threads gives other bits in round {round}.");
            }
        }
    }

    [Fact]
    public void Multiply_SquaresOfAHelpedProduct_AreTheSame()
    {
        using var team = new ThreadTeam(2, "test");
        using var one = new ThreadTeam(1, "test");
        using var product = new GemmCase<float>(new GemmShape(400, 500, 120, TransposeA: true));
        double expected = product.Squares(GemmPath.Auto, one);
        for (int round = 0; round < 50; round++) Assert.Equal(expected, product.Squares(GemmPath.Auto, team));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    public void Multiply_OwnerThatStandsStill_IsHelpedFromOutside(int threads, bool packed)
    {
        using var team = new ThreadTeam(threads, "test");
        using var workspace = new GemmWorkspace();
        using var product = new GemmCase<float>(new GemmShape(480, 160, 512, Packed: packed));
        // One half, which is all of C.
        var meeting = new Meeting(product.Problem, firstRowOfSecondHalf: 480);
        using var visitors = new Visitors(count: 1);
        float[] result = Run(product.Problem, workspace, team, &StandStill, &meeting, visitors.Door);

        Assert.True(meeting.WasHelped, "While a row of tiles waited, nobody took another.");
        Assert.Equal(product.Run(GemmPath.Auto, null, workspace), result);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    public void Multiply_WithGuests_GivesTheSameBits(int threads, int guests)
    {
        using var team = new ThreadTeam(threads, "test");
        using var workspace = new GemmWorkspace();
        using var visitors = new Visitors(guests);
        foreach (GemmShape shape in s_shapes)
        {
            using var product = new GemmCase<float>(shape);
            float[] expected = product.Run(GemmPath.Auto, null, workspace);
            for (int round = 1; round <= 8; round++)
            {
                var slow = new SlowPlace(product.Problem, (ulong)round);
                float[] result = Run(product.Problem, workspace, team, &WaitInSlowPlace, &slow, visitors.Door);
                Assert.True(expected.AsSpan().SequenceEqual(result), $"{shape} on {threads} threads with {guests} guests gives other bits in round {round}.");
            }
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    public void Multiply_HelperThatFails_ThrowsAtTheOwners(int threads, int guests)
    {
        Exception? failure = null;
        // On a thread of its own, so that an owner that waits for ever fails the test only.
        var owner = new Thread(() => failure = Record.Exception(() => MultiplyWithAHelperThatFails(threads, guests))) { IsBackground = true };
        owner.Start();
        Assert.True(owner.Join(TimeSpan.FromSeconds(60)), "The owner waits for a task that failed.");
        Assert.Equal("a helper's", Assert.IsType<InvalidOperationException>(failure).Message);
        Assert.Contains(nameof(StandStill), failure.StackTrace, StringComparison.Ordinal);
    }

    private static void MultiplyWithAHelperThatFails(int threads, int guests)
    {
        using var team = new ThreadTeam(threads, "test");
        using var workspace = new GemmWorkspace();
        using var product = new GemmCase<float>(new GemmShape(480, 160, 512));
        using var visitors = new Visitors(guests);
        var meeting = new Meeting(product.Problem, firstRowOfSecondHalf: 480 / threads) { HelperFails = true, Owner = guests > 0 ? Environment.CurrentManagedThreadId : 0 };
        Run(product.Problem, workspace, team, &StandStill, &meeting, visitors.Door);
    }

    private static float[] Run(
        GemmProblem<float> problem, GemmWorkspace workspace, ThreadTeam team, delegate*<void*, float*, nint, float*, nint, int, int, void> function, void* state,
        OpenJob? door = null)
    {
        // C itself stays as it was, so that accumulation can begin again.
        float[] before = All(problem);
        var epilogue = new GemmEpilogue<float> { Bias = problem.Epilogue.Bias, Function = function, Operator = state };
        MatrixProduct.Multiply(problem with { Epilogue = epilogue }, workspace, team, door: door);
        float[] result = All(problem);
        for (int i = 0; i < problem.M; i++) before.AsSpan(i * problem.N, problem.N).CopyTo(new Span<float>(problem.C + (nint)i * problem.LeadingC, problem.N));
        return result;
    }

    private static float[] All(GemmProblem<float> problem)
    {
        float[] all = new float[problem.M * problem.N];
        for (int i = 0; i < problem.M; i++) new ReadOnlySpan<float>(problem.C + (nint)i * problem.LeadingC, problem.N).CopyTo(all.AsSpan(i * problem.N));
        return all;
    }

    // Whoever comes first behind the first row of tiles, which may be part of packing B, stands still until somebody else finishes a tile of the same half.
    private static void StandStill(void* state, float* c, nint cRow, float* other, nint otherRow, int rows, int columns)
    {
        var meeting = (Meeting*)state;
        if (meeting->IsInTheFirstTiles(c)) return;
        int half = meeting->HalfOf(c), self = Environment.CurrentManagedThreadId << 1 | half;
        int first = meeting->MayBeFirst ? Interlocked.CompareExchange(ref meeting->First, self, 0) : meeting->Owner << 1 | half;
        if (first != 0)
        {
            if (first == self || (first & 1) != half) return;
            Volatile.Write(ref meeting->IsHelped, true);
            if (meeting->HelperFails) throw new InvalidOperationException("a helper's");
            return;
        }
        var clock = Stopwatch.StartNew();
        var spin = new SpinWait();
        while (!Volatile.Read(ref meeting->IsHelped) && clock.Elapsed < TimeSpan.FromSeconds(30)) spin.SpinOnce();
        meeting->WasHelped = Volatile.Read(ref meeting->IsHelped);
    }

    private static void WaitInSlowPlace(void* state, float* c, nint cRow, float* other, nint otherRow, int rows, int columns)
    {
        for (; rows > 0; rows--, c += cRow)
            if (((SlowPlace*)state)->Contains(c)) Thread.SpinWait(300);
    }

    private struct Meeting(GemmProblem<float> problem, int firstRowOfSecondHalf)
    {
        private const int MaxRowsOfTile = 12;
        private readonly float* _c = problem.C;
        private readonly int _leading = problem.LeadingC;

        public int First; // the thread's number and its half
        public int Owner; // who alone may come first; 0 for whoever does
        public bool IsHelped, HelperFails;
        public bool WasHelped; // before the patience of who stood still was over

        public readonly bool MayBeFirst => Owner == 0 || Owner == Environment.CurrentManagedThreadId;

        public readonly int HalfOf(float* place) => RowOf(place) < firstRowOfSecondHalf ? 0 : 1;

        public readonly bool IsInTheFirstTiles(float* place) => RowOf(place) - HalfOf(place) * firstRowOfSecondHalf < MaxRowsOfTile;

        private readonly long RowOf(float* place) => (place - _c) / _leading;
    }

    // A rectangle of C, anywhere and of any size, whose rows take long.
    private readonly struct SlowPlace
    {
        private readonly float* _c;
        private readonly int _leading, _firstRow, _endRow, _firstColumn, _endColumn;

        public SlowPlace(GemmProblem<float> problem, ulong seed)
        {
            var random = new RandomStream(seed, 0);
            _c = problem.C;
            _leading = problem.LeadingC;
            (_firstRow, _firstColumn) = (random.NextInt(problem.M), random.NextInt(problem.N));
            (_endRow, _endColumn) = (_firstRow + 1 + random.NextInt(problem.M), _firstColumn + 1 + random.NextInt(problem.N));
        }

        public bool Contains(float* place)
        {
            (long row, long column) = Math.DivRem(place - _c, _leading);
            return row >= _firstRow && row < _endRow && column >= _firstColumn && column < _endColumn;
        }
    }
}
