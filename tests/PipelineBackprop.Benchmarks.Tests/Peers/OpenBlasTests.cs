using System.Runtime.InteropServices;
using PipelineBackprop.Benchmarks.Scoreboard.Peers;
using Xunit;

namespace PipelineBackprop.Benchmarks.Tests.Peers;

/// <summary>The OpenBLAS of the system, where it has one.</summary>
public sealed class OpenBlasTests
{
    [Fact]
    public void In_LibraryWithoutTheFunctions_IsNull() => Assert.Null(OpenBlas.In(NativeLibrary.GetMainProgramHandle()));

    [Fact]
    public void TrySetThreads_MoreThreadsThanItHas_IsFalse()
    {
        OpenBlas? blas = OpenBlas.Find();
        Assert.SkipWhen(blas is null, "There is no OpenBLAS among the system's libraries.");

        Assert.True(blas.TrySetThreads(1));
        Assert.False(blas.TrySetThreads(1_000_000));
    }
}
