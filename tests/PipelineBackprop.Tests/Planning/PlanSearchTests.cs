using CsCheck;
using PipelineBackprop.Planning;
using PipelineBackprop.Schedules;
using Xunit;

namespace PipelineBackprop.Tests.Planning;

/// <summary>Plans of made-up layers, against every possible cut.</summary>
public sealed class PlanSearchTests
{
    private static readonly IScheduleGenerator s_schedule = ScheduleCatalog.Get("1f1b");

    [Fact]
    public void Best_AnyLayersAndMemory_IsTheBestOfAllCutsThatFit() =>
        Gen.Select(Layers, Gen.Int[1, 5], Gen.Long[1, 60], Gen.Int[1, 4]).Where((layers, stages, _, _) => stages <= layers.Length).Sample((layers, stages, memory, microBatches) =>
        {
            var profile = new ModelProfile("made up", 1, layers);
            PipelineSchedule schedule = s_schedule.Generate(stages, microBatches);
            int[] held = StashBounds.PeakStash(schedule);
            PipelinePlan[] fitting = [.. Cuts(layers.Length, stages).Select(cut => PlanSearch.Evaluate(profile, 8, schedule, cut, Bytes)).Where(plan => plan.LargestDeviceBytes <= memory)];

            PipelinePlan? best = PlanSearch.Best(profile, 8, schedule, Bytes, memory);

            Assert.Equal(fitting.Length == 0, best is null);
            if (best is null) return;
            Assert.InRange(best.LargestDeviceBytes, 0, memory);
            Assert.Equal(fitting.Min(plan => plan.Stages.Max(stage => stage.Busy)), best.Stages.Max(stage => stage.Busy), 1e-9);
            Assert.Equal(Cuts(layers.Length, stages).Min(cut => PlanSearch.Evaluate(profile, 8, schedule, cut, Bytes).LargestDeviceBytes), PlanSearch.Smallest(profile, 8, schedule, Bytes).LargestDeviceBytes);

            // The early stages of 1f1b hold more micro-batches: what fits a late stage need not fit an early one.
            long Bytes(int first, int end, StageLoad load) => layers[first..end].Sum(layer => layer.ParameterBytes + held[load.Stage] * layer.KeptBytes);
        }, iter: 1000);

    [Fact]
    public void Evaluate_EqualStages_GivesTheSchedulesOwnFigures()
    {
        LayerProfile[] layers = [.. Enumerable.Range(0, 4).Select(layer => new LayerProfile(layer, "l", 1, 1, 1, 0.5, 0, 10, 0, 100))];

        PipelinePlan plan = PlanSearch.Evaluate(new ModelProfile("made up", 1, layers), 8, s_schedule.Generate(4, 8), [0, 1, 2, 3], (_, _, load) => load.Stashed);

        // p = 4, m = 8: 30 time units with the input gradient sent on before W, 24 of them work.
        Assert.Equal((30, 0.2, 30.5), (plan.PassSeconds, plan.BarrierBubble, plan.StepSeconds));
        Assert.Equal([4, 3, 2, 1], plan.Stages.Select(stage => stage.Bytes));
        Assert.Equal(3 * 8 * 2 * 100, plan.TransferBytes);
        Assert.Equal(13, plan.StepsPerEpoch(100));
    }

    [Fact]
    public void Evaluate_Transfer_IsPartOfTheReceiversActions()
    {
        LayerProfile[] layers = [new(0, "a", 1, 0, 1, 0, 0.25, 10, 0, 100), new(1, "b", 1, 1, 1, 0, 0.5, 10, 0, 100)];

        PipelinePlan plan = PlanSearch.Evaluate(new ModelProfile("made up", 1, layers), 8, s_schedule.Generate(2, 1), [0, 1], (_, _, _) => 0);

        Assert.Equal([(1.0, 0.25), (1.25, 1.0)], plan.Stages.Select(stage => (stage.Forward, stage.InputGradient)));
    }

    private static Gen<LayerProfile[]> Layers { get; } =
        Gen.Select(Gen.Int[0, 20], Gen.Int[0, 20], Gen.Int[0, 20], Gen.Int[0, 4], Gen.Long[0, 10], Gen.Long[0, 5])
            .Select((f, b, w, transfer, parameters, kept) => new LayerProfile(0, "layer", f, b, w, 0, transfer, parameters, kept, 7)).Array[1, 8];

    private static IEnumerable<int[]> Cuts(int layers, int stages)
    {
        for (int set = 0; set < 1 << (layers - 1); set++)
        {
            if (System.Numerics.BitOperations.PopCount((uint)set) != stages - 1) continue;
            yield return [0, .. Enumerable.Range(1, layers - 1).Where(layer => (set >> (layer - 1) & 1) == 1)];
        }
    }
}
