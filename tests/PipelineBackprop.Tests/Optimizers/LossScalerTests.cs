using PipelineBackprop.Optimizers;
using Xunit;

namespace PipelineBackprop.Tests.Optimizers;

public sealed class LossScalerTests
{
    [Fact]
    public void Note_ASkippedStep_BeginsTheCountOfGoodOnesAnew()
    {
        var scaler = new LossScaler(new LossScaling(Initial: 8, GrowthInterval: 3));
        foreach (bool skipped in (bool[])[false, false, true, false, false]) scaler.Note(skipped);
        Assert.Equal((4, 1L), (scaler.Scale, scaler.Skipped));

        scaler.Note(skipped: false);

        Assert.Equal(8, scaler.Scale);
    }

    [Fact]
    public void Note_AtEitherEnd_StaysThere()
    {
        var largest = new LossScaler(new LossScaling(Initial: LossScaling.Largest, GrowthInterval: 1));
        largest.Note(skipped: false);
        Assert.Equal(LossScaling.Largest, largest.Scale);

        // Where nothing is left to halve, what is not finite is a fault.
        var least = new LossScaler(new LossScaling(Initial: 2));
        Assert.True(least.MaySkip);
        least.Note(skipped: true);
        Assert.Equal((1, false), (least.Scale, least.MaySkip));
        least.Note(skipped: true);
        Assert.Equal(1, least.Scale);
    }

    [Fact]
    public void Restore_WhatCaptureGave_GrowsAtTheSameStep()
    {
        var settings = new LossScaling(Initial: 8, GrowthInterval: 3);
        var first = new LossScaler(settings);
        foreach (bool skipped in (bool[])[true, false, false]) first.Note(skipped);
        var second = new LossScaler(settings);
        second.Restore(first.Capture());
        Assert.Equal((4, 1L), (second.Scale, second.Skipped));

        second.Note(skipped: false);

        Assert.Equal(8, second.Scale);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1e30, LossScaling.Largest)]
    public void Restore_AScaleThatCannotBe_TakesTheNearest(double saved, double expected)
    {
        var scaler = new LossScaler(new LossScaling());
        scaler.Restore(new Dictionary<string, double> { ["lossScale"] = saved });
        Assert.Equal(expected, scaler.Scale);
    }
}
