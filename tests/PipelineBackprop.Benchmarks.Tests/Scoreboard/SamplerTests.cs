using System.Diagnostics;
using PipelineBackprop.Benchmarks.Scoreboard;
using Xunit;

namespace PipelineBackprop.Benchmarks.Tests.Scoreboard;

/// <summary>How rivals are timed.</summary>
public sealed class SamplerTests
{
    [Fact]
    public async Task Measure_ShortWork_IsTimedAsFineAsTheClockIs()
    {
        Assert.SkipUnless(Stopwatch.Frequency > TimeSpan.TicksPerSecond, "This clock is no finer than a TimeSpan.");

        Samples[] samples = await new Sampler(TimeSpan.Zero, rests: false, turns: 100).MeasureAsync(_ => Task.CompletedTask);

        Assert.Contains(samples[0].Turns, seconds => Math.Abs(seconds * TimeSpan.TicksPerSecond - Math.Round(seconds * TimeSpan.TicksPerSecond)) > 1e-3);
    }

    [Fact]
    public async Task Measure_SeveralWorks_TakeTurnsThereAndBack()
    {
        List<int> order = [];

        Samples[] samples = await new Sampler(TimeSpan.Zero, rests: false, turns: 3).MeasureAsync(By(0), By(1));

        Assert.Equal([0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1], order); // each turn begins with a run that is not timed
        Assert.All(samples, one => Assert.Equal(3, one.Turns.Count));

        Work By(int who) => repeats =>
        {
            order.Add(who);
            return Task.CompletedTask;
        };
    }

    [Fact]
    public void RatioOf_EqualTurns_IsTheMedianOfTheTurnsRatios()
    {
        Samples ours = Of(1, 10, 2), rival = Of(3, 20, 2);

        Assert.Equal(2, ours.RatioOf(rival)); // of 3, 2 and 1
        Assert.Equal(1.5, Of(1, 10, 2).RatioOf(Of(3, 3))); // turns are missing: 3 over 2, of the medians
    }

    [Theory]
    [InlineData(new[] { 1, 2, 3 }, 2)]
    [InlineData(new[] { 1, 2, 3, 4 }, 2)]
    [InlineData(new[] { 1 }, 1)]
    public void MiddleOf_Sorted_IsNeverAboveTheMedian(int[] sorted, int middle) => Assert.Equal(middle, Samples.MiddleOf(sorted));

    private static Samples Of(params double[] turns) => new([.. turns.Select(turn => new[] { turn })]);
}
