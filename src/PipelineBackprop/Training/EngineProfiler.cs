using System.Diagnostics;
using PipelineBackprop.Compute;
using PipelineBackprop.Compute.Threading;
using PipelineBackprop.Diagnostics;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Planning;

namespace PipelineBackprop.Training;

/// <summary>Measures what the engine takes beside the layers, on recorded steps of pipelines whose layers are one number wide, or only pause.</summary>
internal static class EngineProfiler
{
    private const int FewLayers = 2, ManyLayers = 12, MicroBatches = 8, ColdSteps = 12, Steps = 25, LeastColdSteps = 2, LeastSteps = 5;

    // A device that is slow to launch needs fewer steps: its figures are large beside what disturbs them.
    private static readonly TimeSpan s_coldAtMost = TimeSpan.FromMilliseconds(150), s_atMost = TimeSpan.FromMilliseconds(300);

    // Longer than a thread that expects work stays awake.
    private static readonly TimeSpan s_pause = 2 * IdleSpin.Limit;

    /// <summary>Profiles the engine on a device.</summary>
    public static async Task<EngineProfile> MeasureAsync(PipelineOptions options, IDevice device, CancellationToken cancellationToken)
    {
        StepTimeline[] few = await RecordAsync(1, Narrow(FewLayers), MicroBatches).ConfigureAwait(false), many = await RecordAsync(1, Narrow(ManyLayers), MicroBatches).ConfigureAwait(false);
        StepTimeline[] awake = await RecordAsync(2, Narrow(2), MicroBatches).ConfigureAwait(false);
        StepTimeline[] asleep = await RecordAsync(2, [new DenseLayer(1, 1), new PauseLayer(s_pause), new DenseLayer(1, 1), new PauseLayer(s_pause)], 2).ConfigureAwait(false);
        StepTimeline[] alone = await RecordAsync(1, [new DenseLayer(1, 1), new PauseLayer(s_pause)], 2).ConfigureAwait(false);
        double handOver = HandOver(awake);
        return new EngineProfile(Overhead(TimelineEventKind.Forward), Overhead(TimelineEventKind.InputGradient), Overhead(TimelineEventKind.WeightGradient))
        {
            HandOver = handOver,
            WakeUp = Math.Max(0, HandOver(asleep) - handOver),
            AwakeFor = IdleSpin.Limit.TotalSeconds,
            StepAlone = Around(alone),
            Step = Around(asleep),
        };

        ActionOverhead Overhead(TimelineEventKind kind)
        {
            double little = MedianOf(few, kind), perLayer = Math.Max(0, (MedianOf(many, kind) - little) / (ManyLayers - FewLayers));
            return new ActionOverhead(Math.Max(0, little - FewLayers * perLayer), perLayer);
        }

        async Task<StepTimeline[]> RecordAsync(int stages, IReadOnlyList<Layer> layers, int microBatches)
        {
            var narrow = new PipelineOptions
            {
                Layers = layers,
                Loss = new HalfSquaredErrorLoss(),
                Stages = stages,
                Boundaries = stages == 1 ? [0] : [0, layers.Count / 2],
                MicroBatches = microBatches,
                Devices = [device],
                ThreadsPerStage = options.ThreadsPerStage,
                ElementType = options.ElementType,
                NonFiniteCheck = options.NonFiniteCheck,
            };
            return await RecordStepsAsync(narrow, cancellationToken).ConfigureAwait(false);
        }
    }

    private static DenseLayer[] Narrow(int count) => [.. Enumerable.Range(0, count).Select(_ => new DenseLayer(1, 1))];

    private static async Task<StepTimeline[]> RecordStepsAsync(PipelineOptions options, CancellationToken cancellationToken)
    {
        Pipeline pipeline = await Pipeline.CreateAsync(options, cancellationToken).ConfigureAwait(false);
        await using (pipeline.ConfigureAwait(false))
        {
            pipeline.RecordsTimeline = true;
            pipeline.LearningRate = 0;
            var minibatch = new Minibatch(new float[options.MicroBatches], new float[options.MicroBatches], options.MicroBatches);
            await StepsAsync(LeastColdSteps, ColdSteps, s_coldAtMost).ConfigureAwait(false);
            return await StepsAsync(LeastSteps, Steps, s_atMost).ConfigureAwait(false);

            async Task<StepTimeline[]> StepsAsync(int least, int most, TimeSpan atMost)
            {
                var recorded = new List<StepTimeline>();
                long began = Stopwatch.GetTimestamp();
                while (recorded.Count < least || (recorded.Count < most && Stopwatch.GetElapsedTime(began) < atMost))
                    recorded.Add((await pipeline.TrainStepAsync(minibatch, cancellationToken).ConfigureAwait(false)).Timeline!);
                return [.. recorded];
            }
        }
    }

    /// <summary>What an action of that kind takes on the only stage.</summary>
    private static double MedianOf(StepTimeline[] steps, TimelineEventKind kind) =>
        Median(steps.SelectMany(step => step.Stages[0]).Where(one => one.Kind == kind && one.MicroBatch > 0).Select(one => one.Seconds));

    /// <summary>From the end of F on the first stage to its start on the second, which has waited for it.</summary>
    private static double HandOver(StepTimeline[] steps) => Median(steps.Select(step =>
        step.Stages[1].First(one => one.Kind == TimelineEventKind.Forward).Start - step.Stages[0].First(one => one.Kind == TimelineEventKind.Forward).End));

    /// <summary>What a step takes outside its actions and its update.</summary>
    private static double Around(StepTimeline[] steps) => Math.Max(0, Median(steps.Select(step =>
        step.Seconds - step.BarrierTime - Enumerable.Range(0, step.Stages.Count).Max(stage => step.SecondsOf(stage, TimelineEventKind.Update)))));

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
