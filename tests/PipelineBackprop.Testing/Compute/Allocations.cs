using Xunit;

namespace PipelineBackprop.Testing.Compute;

/// <summary>What an action takes from the managed heap on the calling thread, once it is warm.</summary>
public static class Allocations
{
    private const int Rounds = 9;

    /// <summary>
    /// Fails when most rounds of <paramref name="action"/> allocate. Most, not all: the runtime itself allocates once in a while, when it compiles a method
    /// anew or loads a type; what the action allocates is there every time.
    /// </summary>
    public static void AssertNone(Action action, int warmUps, int repeatsInARound = 1)
    {
        for (int i = 0; i < warmUps; i++) action();
        long[] allocated = new long[Rounds];
        foreach (ref long bytes in allocated.AsSpan())
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < repeatsInARound; i++) action();
            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Array.Sort(allocated);
        Assert.True(allocated[Rounds / 2] == 0, $"Bytes allocated in {Rounds} rounds of {repeatsInARound}: {string.Join(", ", allocated)}");
    }
}
