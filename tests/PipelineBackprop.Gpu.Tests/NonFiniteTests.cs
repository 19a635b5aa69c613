using PipelineBackprop.Checkpoints;
using PipelineBackprop.Compute;
using PipelineBackprop.Schedules;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;
using PipelineBackprop.Training;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>NaN and infinity are found on a device without waiting for it after every action, and still named where they began.</summary>
public sealed class NonFiniteTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sim:0", 0, 0)]
    [InlineData("sim:0,sim:1,sim:0", 1, 1)]
    [InlineData("cpu,sim:1,sim:0", 2, 2)]
    [InlineData("sim:0,cpu,sim:0", 2, 2)]
    public async Task A_weight_that_is_infinite_is_named_by_its_layer(string pins, int stage, int layer)
    {
        string[] names = pins.Split(',');
        await using Pipeline pipeline = await Data.Network().Stages(names.Length).MicroBatches(3).Devices(names).BuildAsync(Token);
        IReadOnlyList<NamedTensor> good = (await pipeline.CaptureAsync(Token)).Parameters;
        NamedTensor weight = good.Single(parameter => parameter.Name == $"layers.{layer}.weight");
        float[] spoiled = weight.Data.ToArray();
        spoiled[0] = float.PositiveInfinity;
        await pipeline.LoadParametersAsync([.. good.Where(parameter => parameter != weight), new NamedTensor(weight.Name, weight.Shape, spoiled)], Token);

        var fault = await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(Data.Minibatch(1), Token));
        Assert.Equal((stage, (int?)layer, ActionKind.Forward, 0), (fault.Stage, fault.Layer, fault.Action, fault.MicroBatch));
        Assert.Contains("the output holds NaN or an infinity", fault.Message, StringComparison.Ordinal);
        Assert.Equal(0, pipeline.StepsTaken);

        await pipeline.LoadParametersAsync(good, Token);
        Assert.Equal(1, (await pipeline.TrainStepAsync(Data.Minibatch(1), Token)).Step);
    }

    [Fact]
    public void Watch_ManyLooks_NamesTheFirstAndBeginsAnew()
    {
        using var bench = new DeviceBench();
        DeviceTensor fine = bench.Vector([1, 2, 3]), bad = bench.Vector([1, double.NaN]), worse = bench.Vector([double.NegativeInfinity]);
        using FiniteWatch watch = bench.Compute.WatchFinite()!;
        Assert.Equal(-1, watch.Settle());
        for (int look = 0; look < 700; look++) watch.Look(look is 613 or 650 ? bad : look == 640 ? worse : fine);
        Assert.Equal(613, watch.Settle());
        Assert.Equal(-1, watch.Settle());
        watch.Look(worse);
        watch.Forget();
        watch.Look(fine);
        Assert.Equal(-1, watch.Settle());
        // The tensor is looked at as it was then, not as it is when asked.
        watch.Look(bad);
        bench.Compute.Fill(bad, 0);
        Assert.Equal(0, watch.Settle());
    }

    [Fact]
    public void SumsOfSquares_SeveralTensors_AreEachTheirOwnSum()
    {
        using var bench = new DeviceBench();
        DeviceTensor[] tensors = [bench.Vector(bench.Values(1)), bench.Vector(bench.Values(70_000)), bench.Vector([]), bench.Vector(bench.Values(300))];
        var sums = new double[4];
        bench.Compute.SumsOfSquares(tensors, sums);
        Assert.Equal(tensors.Select(bench.Compute.SumOfSquares), sums);
        Assert.Equal(bench.Read(tensors[1]).Sum(value => value * value), sums[1], 1e-12 * sums[1]);
        Assert.Equal(0, sums[2]);
    }

    [Fact]
    public void Upload_ManyWithoutWaiting_EachKeepsItsValues()
    {
        using var bench = new DeviceBench();
        var host = new float[1000];
        var tensors = new DeviceTensor[50];
        for (int i = 0; i < tensors.Length; i++)
        {
            tensors[i] = bench.Poisoned(Shape.Vector(host.Length - i));
            Array.Fill(host, i);
            bench.Compute.Upload(host.AsSpan(i), tensors[i]);
        }
        // The host memory was free at once.
        Array.Fill(host, -1);
        for (int i = 0; i < tensors.Length; i++) Assert.All(bench.Read(tensors[i]), value => Assert.Equal(i, value));
    }
}
