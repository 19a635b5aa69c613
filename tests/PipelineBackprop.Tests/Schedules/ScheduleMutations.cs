using PipelineBackprop.Schedules;

namespace PipelineBackprop.Tests.Schedules;

/// <summary>Ways to spoil a valid one-chunk schedule; each gives every mutant (or a spread of them) of one kind.</summary>
internal static class ScheduleMutations
{
    public static readonly Dictionary<string, (ScheduleFaultReason Reason, Func<PipelineSchedule, IEnumerable<PipelineSchedule>> Mutants)> All = new()
    {
        ["drop an action"] = (ScheduleFaultReason.MissingAction, schedule => AtEveryPosition(schedule, (actions, i) => actions.RemoveAt(i))),
        ["duplicate an action in place"] = (ScheduleFaultReason.DuplicateAction, schedule => AtEveryPosition(schedule, (actions, i) => actions.Insert(i, actions[i]))),
        ["duplicate an action at the end"] = (ScheduleFaultReason.DuplicateAction, schedule => AtEveryPosition(schedule, (actions, i) => actions.Add(actions[i]))),
        ["micro-batch too high"] = (ScheduleFaultReason.OutOfRange, schedule => Replaced(schedule, action => action with { MicroBatch = schedule.MicroBatchCount })),
        ["micro-batch below zero"] = (ScheduleFaultReason.OutOfRange, schedule => Replaced(schedule, action => action with { MicroBatch = -1 })),
        ["stage too high"] = (ScheduleFaultReason.OutOfRange, schedule => Replaced(schedule, action => action with { Stage = schedule.StageCount })),
        ["stage below zero"] = (ScheduleFaultReason.OutOfRange, schedule => Replaced(schedule, action => action with { Stage = -1 })),
        ["unknown kind"] = (ScheduleFaultReason.OutOfRange, schedule => Replaced(schedule, action => action with { Kind = (ActionKind)3 })),
        ["another stage's action"] = (ScheduleFaultReason.WrongDevice, schedule => Replaced(schedule, action => action with { Stage = (action.Stage + 1) % schedule.StageCount })),
        ["move to the next device"] = (ScheduleFaultReason.WrongDevice, MovedToTheNextDevice),
        ["B where F stood, F where B stood"] = (ScheduleFaultReason.UseBeforeProduction, schedule => Swapped(schedule, ActionKind.Forward, ActionKind.InputGradient)),
        ["W where B stood, B where W stood"] = (ScheduleFaultReason.WeightGradientBeforeInputGradient, schedule => Swapped(schedule, ActionKind.InputGradient, ActionKind.WeightGradient)),
        ["W behind the next W"] = (ScheduleFaultReason.GradientOrder, WeightGradientDelayed),
        ["first two forwards of stage 0 swapped"] = (ScheduleFaultReason.MicroBatchOrder, FirstForwardsSwapped),
        ["last stage wants all forwards, the one before runs one ahead"] = (ScheduleFaultReason.CyclicWait, Deadlocked),
    };

    private static IEnumerable<PipelineSchedule> AtEveryPosition(PipelineSchedule schedule, Action<List<PipelineAction>, int> mutate)
    {
        for (int device = 0; device < schedule.DeviceCount; device++)
        {
            for (int position = 0; position < schedule.ActionsOf(device).Count; position++)
            {
                List<PipelineAction> actions = [.. schedule.ActionsOf(device)];
                mutate(actions, position);
                yield return schedule.With(device, actions);
            }
        }
    }

    private static IEnumerable<PipelineSchedule> Replaced(PipelineSchedule schedule, Func<PipelineAction, PipelineAction> replace) =>
        AtEveryPosition(schedule, (actions, i) => actions[i] = replace(actions[i]));

    private static IEnumerable<PipelineSchedule> MovedToTheNextDevice(PipelineSchedule schedule)
    {
        for (int device = 0; device < schedule.DeviceCount; device++)
        {
            int other = (device + 1) % schedule.DeviceCount;
            foreach (PipelineAction action in schedule.ActionsOf(device))
            {
                yield return schedule.With(device, schedule.ActionsOf(device).Where(kept => kept != action))
                    .With(other, [action, .. schedule.ActionsOf(other)]);
            }
        }
    }

    private static IEnumerable<PipelineSchedule> Swapped(PipelineSchedule schedule, ActionKind one, ActionKind other)
    {
        for (int device = 0; device < schedule.DeviceCount; device++)
        {
            for (int microBatch = 0; microBatch < schedule.MicroBatchCount; microBatch++)
                yield return Swap(schedule, device, new PipelineAction(device, one, microBatch), new PipelineAction(device, other, microBatch));
        }
    }

    private static PipelineSchedule Swap(PipelineSchedule schedule, int device, PipelineAction one, PipelineAction other)
    {
        List<PipelineAction> actions = [.. schedule.ActionsOf(device)];
        int i = actions.IndexOf(one), j = actions.IndexOf(other);
        (actions[i], actions[j]) = (actions[j], actions[i]);
        return schedule.With(device, actions);
    }

    private static IEnumerable<PipelineSchedule> WeightGradientDelayed(PipelineSchedule schedule)
    {
        for (int device = 0; device < schedule.DeviceCount; device++)
        {
            for (int microBatch = 0; microBatch < schedule.MicroBatchCount - 1; microBatch++)
            {
                var delayed = new PipelineAction(device, ActionKind.WeightGradient, microBatch);
                List<PipelineAction> actions = [.. schedule.ActionsOf(device)];
                actions.Remove(delayed);
                actions.Insert(actions.IndexOf(delayed with { MicroBatch = microBatch + 1 }) + 1, delayed);
                yield return schedule.With(device, actions);
            }
        }
    }

    private static IEnumerable<PipelineSchedule> FirstForwardsSwapped(PipelineSchedule schedule) =>
        [Swap(schedule, 0, new PipelineAction(0, ActionKind.Forward, 0), new PipelineAction(0, ActionKind.Forward, 1))];

    private static IEnumerable<PipelineSchedule> Deadlocked(PipelineSchedule schedule)
    {
        int last = schedule.StageCount - 1, before = last - 1;
        PipelineSchedule eager = new GPipeSchedule().Generate(schedule.StageCount, schedule.MicroBatchCount);
        IEnumerable<PipelineAction> oneAhead = Enumerable.Range(0, schedule.MicroBatchCount)
            .SelectMany(microBatch => Enum.GetValues<ActionKind>().Select(kind => new PipelineAction(before, kind, microBatch)));
        yield return schedule.With(last, eager.ActionsOf(last)).With(before, oneAhead);
    }
}
