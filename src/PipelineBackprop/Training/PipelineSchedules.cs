using PipelineBackprop.Schedules;
using PipelineBackprop.Stages;

namespace PipelineBackprop.Training;

/// <summary>The orders of a pipeline's stages for each number of micro-batches, checked before they are first used. Not thread-safe.</summary>
internal sealed class PipelineSchedules(PipelineOptions options)
{
    private readonly int _stages = options.Stages;
    private readonly Dictionary<(int MicroBatches, bool Training), PassOrders> _orders = [];

    /// <summary>Forward, backward and weight-gradient actions.</summary>
    public PassOrders Training(int microBatches) => Get(microBatches, training: true);

    /// <summary>Forward actions only.</summary>
    public PassOrders Forward(int microBatches) => Get(microBatches, training: false);

    private PassOrders Get(int microBatches, bool training)
    {
        if (_orders.TryGetValue((microBatches, training), out PassOrders? orders)) return orders;
        orders = training ? Generate(microBatches) : ForwardOnly(microBatches);
        _orders.Add((microBatches, training), orders);
        return orders;
    }

    private PassOrders Generate(int microBatches)
    {
        PipelineSchedule schedule = options.WrittenSchedule?.Take(microBatches) ?? ScheduleCatalog.Get(options.Schedule).Generate(_stages, microBatches);
        RunnableSchedules.ThrowIfNotRunnable(schedule);
        ScheduleValidator.ThrowIfInvalid(schedule);
        return new PassOrders(
            [.. Enumerable.Range(0, _stages).Select(stage => (IReadOnlyList<PipelineAction>)[.. schedule.ActionsOfStage(stage)])],
            StashBounds.MaxWaitingForwards(schedule), StashBounds.MaxWaitingGradients(schedule));
    }

    private PassOrders ForwardOnly(int microBatches)
    {
        int[] waiting = [.. Enumerable.Repeat(microBatches, _stages - 1)];
        return new PassOrders([.. Enumerable.Range(0, _stages).Select(Forwards)], waiting, new int[_stages - 1]);

        IReadOnlyList<PipelineAction> Forwards(int stage) =>
            [.. Enumerable.Range(0, microBatches).Select(microBatch => new PipelineAction(stage, ActionKind.Forward, microBatch))];
    }
}
