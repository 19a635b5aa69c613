using PipelineBackprop.Schedules;
using PipelineBackprop.Stages;

namespace PipelineBackprop.Training;

/// <summary>The orders of a pipeline's lanes for each number of micro-batches, checked before they are first used. Not thread-safe.</summary>
internal sealed class PipelineSchedules(PipelineOptions options)
{
    private readonly StageLayout _layout = StageLayout.Of(options);
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
        PipelineSchedule schedule = StageLayout.ScheduleOf(options, microBatches);
        ScheduleValidator.ThrowIfInvalid(schedule);
        return new PassOrders(
            // Of an asynchronous schedule the orders of one minibatch: the lanes weave those of the next in.
            [.. Enumerable.Range(0, schedule.DeviceCount).Select(lane => (IReadOnlyList<PipelineAction>)[.. schedule.ActionsOf(lane).Where(action => action.MicroBatch < microBatches)])],
            StashBounds.MaxWaitingForwards(schedule), StashBounds.MaxWaitingGradients(schedule));
    }

    private PassOrders ForwardOnly(int microBatches)
    {
        int boundaries = _layout.StageCount - 1;
        return new PassOrders([.. Enumerable.Range(0, _layout.LaneCount).Select(Forwards)], [.. Enumerable.Repeat(microBatches, boundaries)], new int[boundaries]);

        // A lane turns to its next stage after as many micro-batches as there are lanes, when the first of them has come round. One order of all actions that
        // the lanes share cannot deadlock.
        IReadOnlyList<PipelineAction> Forwards(int lane) =>
        [
            .. from microBatch in Enumerable.Range(0, microBatches)
               from stage in Enumerable.Range(0, _layout.StageCount)
               where _layout.LaneOfStage[stage] == lane
               orderby microBatch / _layout.LaneCount, stage, microBatch
               select new PipelineAction(stage, ActionKind.Forward, microBatch),
        ];
    }
}
