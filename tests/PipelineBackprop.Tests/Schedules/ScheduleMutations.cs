using PipelineBackprop.Schedules;

namespace PipelineBackprop.Tests.Schedules;

/// <summary>Ways to spoil a valid schedule of at least two devices and two micro-batches; each gives a spread of the mutants of one kind.</summary>
internal static class ScheduleMutations
{
    private const int MostMutants = 40;

    public static readonly Dictionary<string, (ScheduleFaultReason Reason, Func<PipelineSchedule, IEnumerable<PipelineSchedule>> Mutants)> All = new()
    {
        ["drop an action"] = (ScheduleFaultReason.MissingAction, schedule => AtManyPositions(schedule, (actions, i) => actions.RemoveAt(i))),
        ["duplicate an action in place"] = (ScheduleFaultReason.DuplicateAction, schedule => AtManyPositions(schedule, (actions, i) => actions.Insert(i, actions[i]))),
        ["duplicate an action at the end"] = (ScheduleFaultReason.DuplicateAction, schedule => AtManyPositions(schedule, (actions, i) => actions.Add(actions[i]))),
        ["micro-batch too high"] = (ScheduleFaultReason.OutOfRange, schedule => Replaced(schedule, action => action with { MicroBatch = schedule.MicroBatchCount })),
        ["micro-batch below zero"] = (ScheduleFaultReason.OutOfRange, schedule => Replaced(schedule, action => action with { MicroBatch = -1 })),
        ["stage too high"] = (ScheduleFaultReason.OutOfRange, schedule => Replaced(schedule, action => action with { Stage = schedule.StageCount })),
        ["stage below zero"] = (ScheduleFaultReason.OutOfRange, schedule => Replaced(schedule, action => action with { Stage = -1 })),
        ["unknown kind"] = (ScheduleFaultReason.OutOfRange, schedule => Replaced(schedule, action => action with { Kind = (ActionKind)3 })),
        ["another device's action"] = (ScheduleFaultReason.WrongDevice, schedule => Replaced(schedule, action => action with { Stage = StageElsewhere(schedule, action.Stage) })),
        ["move to the next device"] = (ScheduleFaultReason.WrongDevice, MovedToTheNextDevice),
        ["B where F stood, F where B stood"] = (ScheduleFaultReason.UseBeforeProduction, schedule => Swapped(schedule, ActionKind.Forward, ActionKind.InputGradient)),
        ["W where B stood, B where W stood"] = (ScheduleFaultReason.WeightGradientBeforeInputGradient, schedule => Swapped(schedule, ActionKind.InputGradient, ActionKind.WeightGradient)),
        ["W behind the next W"] = (ScheduleFaultReason.GradientOrder, WeightGradientDelayed),
        ["second forward of stage 0 first"] = (ScheduleFaultReason.MicroBatchOrder, SecondForwardFirst),
        ["the device of stage 1 wants all forwards, that of stage 0 runs one micro-batch at a time"] = (ScheduleFaultReason.CyclicWait, Deadlocked),
    };

    private static IEnumerable<PipelineSchedule> AtManyPositions(PipelineSchedule schedule, Action<List<PipelineAction>, int> mutate)
    {
        int total = schedule.StageCount * schedule.MicroBatchCount * 3, stride = Math.Max(1, total / MostMutants), index = 0;
        for (int device = 0; device < schedule.DeviceCount; device++)
        {
            for (int position = 0; position < schedule.ActionsOf(device).Count; position++, index++)
            {
                if (index % stride != 0) continue;
                List<PipelineAction> actions = [.. schedule.ActionsOf(device)];
                mutate(actions, position);
                yield return schedule.With(device, actions);
            }
        }
    }

    private static IEnumerable<PipelineSchedule> Replaced(PipelineSchedule schedule, Func<PipelineAction, PipelineAction> replace) =>
        AtManyPositions(schedule, (actions, i) => actions[i] = replace(actions[i]));

    private static int StageElsewhere(PipelineSchedule schedule, int stage) =>
        Enumerable.Range(0, schedule.StageCount).First(other => schedule.DeviceOf(other) != schedule.DeviceOf(stage));

    private static IEnumerable<PipelineSchedule> MovedToTheNextDevice(PipelineSchedule schedule)
    {
        for (int device = 0; device < schedule.DeviceCount; device++)
        {
            int other = (device + 1) % schedule.DeviceCount;
            IReadOnlyList<PipelineAction> actions = schedule.ActionsOf(device);
            for (int i = 0; i < actions.Count; i += Math.Max(1, actions.Count / 8))
            {
                PipelineAction moved = actions[i];
                yield return schedule.With(device, actions.Where(kept => kept != moved)).With(other, [moved, .. schedule.ActionsOf(other)]);
            }
        }
    }

    private static IEnumerable<PipelineSchedule> Swapped(PipelineSchedule schedule, ActionKind one, ActionKind other)
    {
        for (int stage = 0; stage < schedule.StageCount; stage++)
        {
            for (int microBatch = 0; microBatch < schedule.MicroBatchCount; microBatch += 2)
                yield return Swap(schedule, new PipelineAction(stage, one, microBatch), new PipelineAction(stage, other, microBatch));
        }
    }

    private static PipelineSchedule Swap(PipelineSchedule schedule, PipelineAction one, PipelineAction other)
    {
        int device = schedule.DeviceOf(one.Stage);
        List<PipelineAction> actions = [.. schedule.ActionsOf(device)];
        int i = actions.IndexOf(one), j = actions.IndexOf(other);
        (actions[i], actions[j]) = (actions[j], actions[i]);
        return schedule.With(device, actions);
    }

    private static IEnumerable<PipelineSchedule> WeightGradientDelayed(PipelineSchedule schedule)
    {
        for (int stage = 0; stage < schedule.StageCount; stage++)
        {
            for (int microBatch = 0; microBatch < schedule.MicroBatchCount - 1; microBatch += 2)
            {
                int device = schedule.DeviceOf(stage);
                var delayed = new PipelineAction(stage, ActionKind.WeightGradient, microBatch);
                List<PipelineAction> actions = [.. schedule.ActionsOf(device)];
                actions.Remove(delayed);
                actions.Insert(actions.IndexOf(delayed with { MicroBatch = microBatch + 1 }) + 1, delayed);
                yield return schedule.With(device, actions);
            }
        }
    }

    private static IEnumerable<PipelineSchedule> SecondForwardFirst(PipelineSchedule schedule)
    {
        int device = schedule.DeviceOf(0);
        var second = new PipelineAction(0, ActionKind.Forward, 1);
        yield return schedule.With(device, [second, .. schedule.ActionsOf(device).Where(action => action != second)]);
    }

    private static IEnumerable<PipelineSchedule> Deadlocked(PipelineSchedule schedule)
    {
        int eager = schedule.DeviceOf(1), slow = schedule.DeviceOf(0);
        int[] microBatches = [.. Enumerable.Range(0, schedule.MicroBatchCount)];
        IEnumerable<PipelineAction> allForwards = microBatches.SelectMany(microBatch => Forwards(eager, microBatch))
            .Concat(microBatches.SelectMany(microBatch => Backwards(eager, microBatch)));
        IEnumerable<PipelineAction> oneAhead = microBatches.SelectMany(microBatch => Forwards(slow, microBatch).Concat(Backwards(slow, microBatch)));
        yield return schedule.With(eager, allForwards).With(slow, oneAhead);

        IEnumerable<PipelineAction> Forwards(int device, int microBatch) =>
            schedule.StagesOf(device).Select(stage => new PipelineAction(stage, ActionKind.Forward, microBatch));

        IEnumerable<PipelineAction> Backwards(int device, int microBatch) => schedule.StagesOf(device).Reverse().SelectMany(stage => new[]
        {
            new PipelineAction(stage, ActionKind.InputGradient, microBatch), new PipelineAction(stage, ActionKind.WeightGradient, microBatch),
        });
    }
}
