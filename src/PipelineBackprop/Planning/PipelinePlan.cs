using PipelineBackprop.Schedules;

namespace PipelineBackprop.Planning;

/// <summary>A way to run one step, and what it is predicted to take. Immutable.</summary>
/// <param name="BatchSize">Examples of the minibatch.</param>
/// <param name="MicroBatches">Micro-batches it is cut into.</param>
/// <param name="Schedule">The name of the schedule.</param>
/// <param name="Stages">The stages, in order.</param>
/// <param name="Timeline">When each action is predicted to start and end, in seconds.</param>
/// <param name="TransferBytes">Bytes that pass between stages in a step, both ways.</param>
public sealed record PipelinePlan(
    int BatchSize, int MicroBatches, string Schedule, IReadOnlyList<StagePlan> Stages, ScheduleTimeline Timeline, long TransferBytes)
{
    /// <summary>From the first forward to the last backward action, by the schedule's simulation; where minibatches overlap, what each adds once the pipeline is full.</summary>
    public double PassSeconds => Timeline.SteadyTime ?? Timeline.BarrierTime;

    /// <summary>The part of that time in which the busiest device waits, 0 to 1; barrier definition.</summary>
    public double BarrierBubble => Math.Max(0, Timeline.SteadyBubble ?? Timeline.BarrierBubble);

    /// <summary>The same by the span definition.</summary>
    public double SpanBubble => Math.Max(0, Timeline.SteadyBubble ?? Timeline.SpanBubble);

    /// <summary>What the engine takes before the first action and behind the last, in seconds; default 0.</summary>
    public double StepOverhead { get; init; }

    /// <summary>A whole step in seconds: the pass, the slowest device's update and what the engine takes around them.</summary>
    public double StepSeconds => PassSeconds + Stages.GroupBy(stage => stage.Device).Max(stages => stages.Sum(stage => stage.Update)) + StepOverhead;

    /// <summary>The devices of the schedule, of which each runs one stage or several.</summary>
    public int Devices => Stages.DistinctBy(stage => stage.Device).Count();

    /// <summary>The most bytes that the stages of a real device take together.</summary>
    public long LargestDeviceBytes => Stages.GroupBy(stage => stage.Memory).Max(stages => stages.Sum(stage => stage.Bytes));

    /// <summary>Bytes of all stages together.</summary>
    public long Bytes => Stages.Sum(stage => stage.Bytes);

    /// <summary>Index of each stage's first layer.</summary>
    public IReadOnlyList<int> Boundaries => [.. Stages.Select(stage => stage.FirstLayer)];

    /// <summary>What each stage recomputes.</summary>
    public IReadOnlyList<Recomputation> Recomputation => [.. Stages.Select(stage => stage.Recomputation)];

    /// <summary>Steps that pass over that many examples once.</summary>
    public long StepsPerEpoch(long examples) => (examples + BatchSize - 1) / BatchSize;
}
