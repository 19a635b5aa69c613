namespace PipelineBackprop.Schedules;

/// <summary>
/// The family of schedules that differ only in the order of the chunks, the number of warm-up forwards and the delay of W. Device i
/// owns the stages i, p+i, 2p+i and so on. After its warm-up forwards it runs B, one earlier W and the next F in turn while there are
/// forwards left, then the remaining B and W. W follows B directly at delay 0, so B is sent on before W is computed.
/// </summary>
internal static class AlternatingOrder
{
    /// <summary>Writes the schedule of one minibatch.</summary>
    /// <param name="name">The schedule's name.</param>
    /// <param name="size">Devices, micro-batches and chunks, each at least 1.</param>
    /// <param name="groupSize">A device runs this many micro-batches through one chunk before it turns to the next chunk.</param>
    /// <param name="warmUps">From a device to its number of warm-up forwards, at least 1; more than there are means all.</param>
    /// <param name="weightDelay">From a device to the number of B that run before its first W.</param>
    /// <param name="staleness">For asynchronous schedules, how the weights lag.</param>
    public static PipelineSchedule Generate(string name, ScheduleSize size, int groupSize, Func<int, int> warmUps,
        Func<int, int> weightDelay, WeightStaleness? staleness = null)
    {
        // Written for whole groups: what is left of the last group when micro-batches are struck out can be run as well.
        int padded = (size.MicroBatches + groupSize - 1) / groupSize * groupSize;
        ScheduleSize whole = size with { MicroBatches = padded };
        var orders = new List<PipelineAction>[size.Devices];
        for (int device = 0; device < size.Devices; device++)
        {
            orders[device] = Order(Sequence(whole, device, groupSize, backwards: false), Sequence(whole, device, groupSize, backwards: true),
                warmUps(device), weightDelay(device));
            orders[device].RemoveAll(action => action.MicroBatch >= size.MicroBatches);
        }
        return new PipelineSchedule(name, size.MicroBatches, StagePlacement.Loop(size), orders, staleness);
    }

    /// <summary>The order in which a device runs the forwards (or the input gradients) of its chunks.</summary>
    private static List<PipelineAction> Sequence(ScheduleSize size, int device, int groupSize, bool backwards)
    {
        var sequence = new List<PipelineAction>(size.MicroBatches * size.Chunks);
        for (int first = 0; first < size.MicroBatches; first += groupSize)
        {
            for (int i = 0; i < size.Chunks; i++)
            {
                int stage = ((backwards ? size.Chunks - 1 - i : i) * size.Devices) + device;
                for (int microBatch = first; microBatch < first + groupSize; microBatch++)
                    sequence.Add(new PipelineAction(stage, backwards ? ActionKind.InputGradient : ActionKind.Forward, microBatch));
            }
        }
        return sequence;
    }

    private static List<PipelineAction> Order(List<PipelineAction> forwards, List<PipelineAction> backwards, int warmUps, int weightDelay)
    {
        var order = new List<PipelineAction>(forwards.Count * ActionKindExtensions.Count);
        int forward = Math.Min(warmUps, forwards.Count), weight = 0;
        order.AddRange(forwards.Take(forward));
        for (int backward = 0; backward < backwards.Count; backward++)
        {
            order.Add(backwards[backward]);
            if (backward >= weightDelay) order.Add(backwards[weight++] with { Kind = ActionKind.WeightGradient });
            if (forward < forwards.Count) order.Add(forwards[forward++]);
        }
        while (weight < backwards.Count) order.Add(backwards[weight++] with { Kind = ActionKind.WeightGradient });
        return order;
    }
}
