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
            var profile = PipelineProfile.Uniform(new ModelProfile("made up", 1, layers));
            PipelineSchedule schedule = s_schedule.Generate(stages, microBatches);
            int[] held = StashBounds.PeakStash(schedule);
            PipelinePlan[] fitting = [.. Cuts(layers.Length, stages).Select(cut => PlanSearch.Evaluate(profile, 8, schedule, cut, Bytes)).Where(plan => plan.LargestDeviceBytes <= memory)];

            PipelinePlan? best = PlanSearch.Best(profile, 8, schedule, Bytes, memory);

            Assert.Equal(fitting.Length == 0, best is null);
            if (best is null) return;
            Assert.InRange(best.LargestDeviceBytes, 0, memory);
            Assert.Equal(fitting.Min(plan => plan.Stages.Max(stage => stage.Busy)), best.Stages.Max(stage => stage.Busy), 1e-9);

            // The early stages of 1f1b hold more micro-batches: what fits a late stage need not fit an early one.
            long Bytes(int first, int end, StageLoad load) => layers[first..end].Sum(layer => layer.ParameterBytes + held[load.Stage] * layer.KeptBytes);
        }, iter: 1000);

    [Fact]
    public void Best_AnySharingAndRecomputation_IsTheBestOfAllThatFit() =>
        Gen.Select(Layers, Gen.Int[1, 3], Gen.Long[1, 60], Gen.Int[1, 4], Gen.Int[0, 4]).Where((layers, stages, _, _, _) => stages <= layers.Length && layers.Length <= 5).Sample((layers, stages, memory, microBatches, pins) =>
        {
            var profile = PipelineProfile.Uniform(new ModelProfile("made up", 1, layers));
            PipelineSchedule schedule = s_schedule.Generate(stages, microBatches);
            int[] memories = [.. Enumerable.Range(0, stages).Select(stage => stage > 0 && (pins >> (stage - 1) & 1) == 1 ? 0 : stage)];
            DeviceSharing sharing = DeviceSharing.None(stages, memory) with { Memory = memories };
            PipelinePlan[] fitting =
            [
                .. from cut in Cuts(layers.Length, stages)
                   from modes in Modes(stages)
                   let plan = PlanSearch.Evaluate(profile, 8, schedule, cut, Bytes, modes, sharing)
                   where plan.LargestDeviceBytes <= memory
                   select plan,
            ];

            PipelinePlan? best = PlanSearch.Best(profile, 8, schedule, Bytes, sharing);

            Assert.Equal(fitting.Length == 0, best is null);
            if (best is null) return;
            Assert.InRange(best.LargestDeviceBytes, 0, memory);
            Assert.Equal(fitting.Min(Busiest), Busiest(best), 1e-9);

            double Busiest(PipelinePlan plan) => plan.Stages.Max(stage => stage.BusyOf(microBatches));

            long Bytes(int first, int end, StageLoad load) => layers[first..end].Sum(layer => layer.ParameterBytes)
                + load.States.Max(state => (state.Inputs * 1) + ((state.Activations + 1) * layers[first..end].Sum(layer => layer.KeptBytes)));
        }, iter: 500);

    [Fact]
    public void Evaluate_Recomputation_AddsFToTheBackwardActionsOfItsMicroBatches()
    {
        LayerProfile[] layers = [new(0, "a", 3, 1, 1, 0, 0, 10, 0, 1) { Upload = 0.5 }, new(1, "b", 2, 1, 1, 0, 0, 10, 0, 1) { Loss = 0.25 }];

        PipelinePlan plan = PlanSearch.Evaluate(
            PipelineProfile.Uniform(new ModelProfile("made up", 1, layers)), 8, s_schedule.Generate(2, 3), [0, 1], (_, _, _) => 0, [Recomputation.Always, Recomputation.AllButLast]);

        // The first stage brings its input again, the last does not compute the loss again.
        Assert.Equal([3.5, 1.75], plan.Stages.Select(stage => stage.ForwardAgain));
        Assert.Equal([4.5, 4.5, 4.5], Enumerable.Range(0, 3).Select(microBatch => SecondsOf(0, microBatch)));
        Assert.Equal([2.75, 2.75, 1.0], Enumerable.Range(0, 3).Select(microBatch => SecondsOf(1, microBatch)));

        double SecondsOf(int stage, int microBatch) => plan.Timeline.Of(new PipelineAction(stage, ActionKind.InputGradient, microBatch)) is var timed ? Math.Round(timed.End - timed.Start, 9) : 0;
    }

    [Fact]
    public void Evaluate_Engine_IsCountedInEveryActionHandOverAndStep()
    {
        LayerProfile[] layers = [.. Enumerable.Range(0, 4).Select(layer => new LayerProfile(layer, "l", 1, 1, 1, 0, 0, 10, 0, 1) { FirstForward = 0.5 })];
        var engine = new EngineProfile(new ActionOverhead(0.25, 0.125), default, default) { HandOver = 0.5, WakeUp = 8, AwakeFor = 1e9, Step = 3, StepAlone = 2 };

        PipelinePlan split = PlanSearch.Evaluate(PipelineProfile.Uniform(new ModelProfile("made up", 1, layers) { Engine = engine }), 8, s_schedule.Generate(2, 1), [0, 2], (_, _, _) => 0);
        PipelinePlan asleep = PlanSearch.Evaluate(PipelineProfile.Uniform(new ModelProfile("made up", 1, layers) { Engine = engine with { AwakeFor = 1 } }), 8, s_schedule.Generate(2, 1), [0, 2], (_, _, _) => 0);
        PipelinePlan alone = PlanSearch.Evaluate(PipelineProfile.Uniform(new ModelProfile("made up", 1, layers) { Engine = engine }), 8, s_schedule.Generate(1, 1), [0], (_, _, _) => 0);

        // F 2 + 0.5, and 2·0.5 more where the stage does not wait before it; twice B 2, and the last W 2; two hand-overs.
        Assert.Equal((3.5 + 2.5 + 4 + 2 + 1, 13 + 3.0), (split.PassSeconds, split.StepSeconds));
        // Both wait for longer than the other stays awake.
        Assert.Equal(13 + 16, asleep.PassSeconds);
        Assert.Equal((4 + 2 + 0.75 + 4 + 4, 14.75 + 2), (alone.PassSeconds, alone.StepSeconds));
    }

    [Fact]
    public void Evaluate_OneProcessorForAll_RunsOneActionAfterTheOther()
    {
        LayerProfile[] layers = [.. Enumerable.Range(0, 3).Select(layer => new LayerProfile(layer, "l", 1, 1, 1, 0, 0, 10, 0, 1))];
        DeviceSharing one = DeviceSharing.None(3) with { Processor = [0, 0, 0], AtOnce = [1] }, two = one with { AtOnce = [2] };

        Assert.Equal(3 * 3 * 4, Pass(one));
        Assert.InRange(Pass(two), 3 * 3 * 4 / 2.0, 3 * 3 * 4 - 1);
        Assert.Equal(Pass(DeviceSharing.None(3)), Pass(one with { AtOnce = [3] }));

        double Pass(DeviceSharing sharing) =>
            PlanSearch.Evaluate(PipelineProfile.Uniform(new ModelProfile("made up", 1, layers)), 8, s_schedule.Generate(3, 4), [0, 1, 2], (_, _, _) => 0, null, sharing).PassSeconds;
    }

    [Theory]
    [InlineData("gpipe", 4, 0, "F 0 3, B 0 3, W 0 3")]
    [InlineData("gpipe", 4, 4, "F' 3 0, B' 3 0, W' 3 0")]
    [InlineData("gpipe", 4, 3, "F' 2 0, F 3 0, B' 2 1, W' 2 1, B 0 0, W 0 0")]
    [InlineData("1f1b", 4, 4, "F' 1 0, B' 1 0, W' 1 0")]
    public void StashState_Of_CountsWhatOtherMicroBatchesHold(string name, int microBatches, int recomputed, string expected)
    {
        IReadOnlyList<StashState> states = StashState.Of(ScheduleCatalog.Get(name).Generate(2, microBatches), 0, recomputed);

        Assert.Equal(expected, string.Join(", ", states.Select(state => $"{state.Running.Letter()}{(state.IsRecomputed ? "'" : "")} {state.Inputs} {state.Activations}")));
    }

    [Fact]
    public void Evaluate_EqualStages_GivesTheSchedulesOwnFigures()
    {
        LayerProfile[] layers = [.. Enumerable.Range(0, 4).Select(layer => new LayerProfile(layer, "l", 1, 1, 1, 0.5, 0, 10, 0, 100))];

        PipelinePlan plan = PlanSearch.Evaluate(PipelineProfile.Uniform(new ModelProfile("made up", 1, layers)), 8, s_schedule.Generate(4, 8), [0, 1, 2, 3], (_, _, load) => load.Stashed);

        // p = 4, m = 8: 30 time units with the input gradient sent on before W, 24 of them work.
        Assert.Equal((30, 0.2, 30.5), (plan.PassSeconds, plan.BarrierBubble, plan.StepSeconds));
        Assert.Equal([4, 3, 2, 1], plan.Stages.Select(stage => stage.Bytes));
        Assert.Equal(3 * 8 * 2 * 100, plan.TransferBytes);
        Assert.Equal(13, plan.StepsPerEpoch(100));
    }

    [Fact]
    public void Evaluate_LayersThatLearnNothingFirst_SendsOnlyActivationsThere()
    {
        LayerProfile[] layers = [.. Enumerable.Range(0, 3).Select(layer => new LayerProfile(layer, "l", 1, 1, 1, 0, 0, layer == 0 ? 0 : 10, 0, 100))];

        PipelinePlan plan = PlanSearch.Evaluate(PipelineProfile.Uniform(new ModelProfile("made up", 1, layers)), 8, s_schedule.Generate(3, 2), [0, 1, 2], (_, _, _) => 0);

        Assert.Equal(2 * (100 + 2 * 100), plan.TransferBytes);
    }

    [Fact]
    public void Evaluate_SeveralStagesOfADevice_TakeTheirUpdatesOneAfterTheOther()
    {
        LayerProfile[] layers = [.. Enumerable.Range(0, 4).Select(layer => new LayerProfile(layer, "l", 1, 1, 1, layer + 1, 0, 10, 0, 100))];

        PipelinePlan plan = PlanSearch.Evaluate(
            PipelineProfile.Uniform(new ModelProfile("made up", 1, layers)), 8, ScheduleCatalog.Get("interleaved-1f1b").Generate(2, 4), [0, 1, 2, 3], (_, _, _) => 0);

        // Stages 1 and 3 are the second device's.
        Assert.Equal(plan.PassSeconds + 2 + 4, plan.StepSeconds);
    }

    [Fact]
    public void Evaluate_MinibatchesThatOverlap_PrepareTheirWeightsOnceEach()
    {
        LayerProfile[] layers = [new(0, "l", 1, 1, 1, 0, 0, 10, 0, 100) { FirstForward = 0.5, FirstInputGradient = 0.25 }];

        PipelinePlan plan = PlanSearch.Evaluate(PipelineProfile.Uniform(new ModelProfile("made up", 1, layers)), 8, ScheduleCatalog.Get("pipedream-2bw").Generate(1, 2), [0], (_, _, _) => 0);

        Assert.Equal(2 * 3 + 0.75, plan.PassSeconds);
    }

    [Fact]
    public void Evaluate_Transfer_IsPartOfTheReceiversActions()
    {
        LayerProfile[] layers = [new(0, "a", 1, 0, 1, 0, 0.25, 10, 0, 100), new(1, "b", 1, 1, 1, 0, 0.5, 10, 0, 100)];

        PipelinePlan plan = PlanSearch.Evaluate(PipelineProfile.Uniform(new ModelProfile("made up", 1, layers)), 8, s_schedule.Generate(2, 1), [0, 1], (_, _, _) => 0);

        Assert.Equal([(1.0, 0.25), (1.25, 1.0)], plan.Stages.Select(stage => (stage.Forward, stage.InputGradient)));
    }

    [Fact]
    public void Best_DevicesOfDifferentSpeed_IsTheBestOfAllCuts() =>
        Gen.Select(Layers, Gen.Int[1, 4], Gen.Double[0.1, 4].Array[4], Gen.Double[0, 9].Array[8]).Where((layers, stages, _, _) => stages <= layers.Length).Sample((layers, stages, speeds, transfers) =>
        {
            PipelineProfile profile = Mixed(layers, [.. speeds.Take(stages)], transfers);
            PipelineSchedule schedule = s_schedule.Generate(stages, 2);

            PipelinePlan best = PlanSearch.Best(profile, 8, schedule, (_, _, _) => 0)!;

            Assert.Equal(Cuts(layers.Length, stages).Min(cut => Enumerable.Range(0, stages).Max(stage => ByHand(cut, stage))), best.Stages.Max(stage => stage.Busy), 1e-9);
            Assert.All(best.Stages, (stage, index) => Assert.Equal(ByHand([.. best.Boundaries], index), stage.Busy, 1e-9));

            double ByHand(int[] cut, int stage)
            {
                int first = cut[stage], end = stage + 1 < stages ? cut[stage + 1] : layers.Length;
                double busy = speeds[stage] * layers[first..end].Sum(layer => layer.Busy);
                if (first > 0) busy += transfers[first - 1] + (Learns(first) ? 2 * transfers[first - 1] : 0);
                if (end < layers.Length) busy += 2 * transfers[end - 1] + (Learns(end) ? transfers[end - 1] : 0);
                return busy;
            }

            bool Learns(int before) => layers[..before].Any(layer => layer.ParameterBytes > 0);
        }, iter: 1000);

    [Fact]
    public void Evaluate_TwoDevices_TakesEachStagesTimesFromItsOwn()
    {
        LayerProfile[] layers = [new(0, "a", 1, 2, 3, 4, 9, 10, 0, 100) { Upload = 0.5 }, new(1, "b", 1, 2, 3, 4, 9, 10, 0, 100) { Loss = 0.5 }];
        PipelineProfile profile = Mixed(layers, [1, 10], [0.25]);

        PipelinePlan plan = PlanSearch.Evaluate(profile, 8, s_schedule.Generate(2, 1), [0, 1], (_, _, _) => 0, [Recomputation.Always, Recomputation.Always]);

        // F: the input comes from the host or is received, the output is sent; B: the gradient the other way. To send takes twice what to receive does.
        Assert.Equal([(1 + 0.5 + 0.5, 2 + 0.25, 3.0, 4.0), (10 + 0.25, 20 + 0.5, 30, 40)], plan.Stages.Select(stage => (stage.Forward, stage.InputGradient, stage.WeightGradient, stage.Update)));
        Assert.Equal([(1.0, 0.25), (0.25, 0.5)], plan.Stages.Select(stage => (stage.ForwardTransfer, stage.GradientTransfer)));
        Assert.Equal([1.5, 5], plan.Stages.Select(stage => stage.ForwardAgain));
        // The slower one's update.
        Assert.Equal(plan.PassSeconds + 40, plan.StepSeconds);
    }

    [Fact]
    public void Transfer_DevicesNotNeighbours_SaysWhich()
    {
        var profile = new PipelineProfile([new("cpu", 1, []), new("cuda:0", 1, [])], [0, 1], []);

        Assert.Equal("Transfers from cpu to cuda:0 were not measured.", Assert.Throws<InvalidOperationException>(() => profile.Transfer(0, 0, 1)).Message);
    }

    /// <summary>Devices that take so many times what the layers say. Every layer's output takes as long between all of them, twice that to send.</summary>
    private static PipelineProfile Mixed(LayerProfile[] layers, double[] slowness, double[] transfers)
    {
        IEnumerable<ModelProfile> models = slowness.Select((times, device) => new ModelProfile($"made up {device}", 1,
        [
            .. layers.Select(layer => layer with
            {
                Forward = times * layer.Forward, InputGradient = times * layer.InputGradient, WeightGradient = times * layer.WeightGradient, Update = times * layer.Update, Loss = times * layer.Loss,
            }),
        ]));
        int[] devices = [.. slowness.Select((_, device) => device)];
        return new PipelineProfile([.. models], devices,
        [
            .. from sender in devices
               from receiver in devices
               where sender != receiver
               select new LinkProfile(sender, receiver, [.. transfers.Select(seconds => new TransferTime(2 * seconds, seconds))]),
        ]);
    }

    private static Gen<LayerProfile[]> Layers { get; } =
        Gen.Select(Gen.Int[0, 20], Gen.Int[0, 20], Gen.Int[0, 20], Gen.Int[0, 4], Gen.Long[0, 10], Gen.Long[0, 5])
            .Select((f, b, w, transfer, parameters, kept) => new LayerProfile(0, "layer", f, b, w, 0, transfer, parameters, kept, 7)).Array[1, 8];

    private static IEnumerable<Recomputation[]> Modes(int stages) =>
        Enumerable.Range(0, (int)Math.Pow(3, stages)).Select(number => Enumerable.Range(0, stages).Select(stage => (Recomputation)(number / (int)Math.Pow(3, stage) % 3)).ToArray());

    private static IEnumerable<int[]> Cuts(int layers, int stages)
    {
        for (int set = 0; set < 1 << (layers - 1); set++)
        {
            if (System.Numerics.BitOperations.PopCount((uint)set) != stages - 1) continue;
            yield return [0, .. Enumerable.Range(1, layers - 1).Where(layer => (set >> (layer - 1) & 1) == 1)];
        }
    }
}
