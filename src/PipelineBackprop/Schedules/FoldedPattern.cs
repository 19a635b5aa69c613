namespace PipelineBackprop.Schedules;

/// <summary>
/// Schedules made of one building block, the slots of a single micro-batch on every device, that is repeated every six slots (Qi et
/// al. 2024, Pipeline Parallelism with Controllable Memory). Two chunks a device, down the devices and up again; the six slots are
/// F, B and W of both. How long the block holds a micro-batch decides the memory. Repeating it leaves gaps at both ends: those are
/// closed as far as the memory of the middle allows.
/// </summary>
internal sealed class FoldedPattern
{
    private const int Period = 6;
    private readonly ScheduleSize _size;
    private readonly PatternLane[] _lanes;

    private FoldedPattern(ScheduleSize size, PatternLane[] lanes)
    {
        _size = size;
        _lanes = lanes;
    }

    /// <summary>Writes the schedule of one minibatch.</summary>
    /// <param name="name">The schedule's name.</param>
    /// <param name="size">Devices and micro-batches; two chunks.</param>
    /// <param name="block">From a device to the slots of F and F, B and B of a micro-batch, in the order it passes them. No two may
    /// be the same modulo six.</param>
    public static PipelineSchedule Generate(string name, ScheduleSize size, Func<int, int[]> block)
    {
        FoldedPattern pattern = Repeated(size, block);
        foreach (PatternLane lane in pattern._lanes) lane.AddWeights();
        pattern.Tighten(warmUp: true);
        // At the end B matters first: W takes what is left over.
        pattern = pattern.Squeezed();
        foreach (PatternLane lane in pattern._lanes) lane.RemoveWeights();
        pattern.Tighten(warmUp: false);
        foreach (PatternLane lane in pattern._lanes) lane.AddWeights();
        return new PipelineSchedule(name, size.MicroBatches, StagePlacement.Fold(size), [.. pattern._lanes.Select(pattern.ActionsOf)]);
    }

    private static FoldedPattern Repeated(ScheduleSize size, Func<int, int[]> block)
    {
        var lanes = new PatternLane[size.Devices];
        for (int device = 0; device < lanes.Length; device++)
        {
            lanes[device] = new PatternLane();
            int[] slots = block(device);
            for (int step = 0; step < slots.Length; step++)
            {
                for (int microBatch = 0; microBatch < size.MicroBatches; microBatch++) lanes[device].Add(step, slots[step] + (Period * microBatch));
            }
        }
        return new FoldedPattern(size, lanes);
    }

    /// <summary>
    /// Moves steps at the ends into the first free slot behind what they use, unless that takes more memory. The middle, from the
    /// first micro-batch that is through to the start of the last one, stays as it is.
    /// </summary>
    private void Tighten(bool warmUp)
    {
        int peak = _lanes.Max(lane => lane.PeakHeld());
        bool before = true, after = false;
        foreach ((int slot, int device, int step, int index) in InTime())
        {
            if (before && device == 0 && step == PatternLane.DownGradient) before = false;
            if (after || (before && warmUp)) Pull(device, step, index, slot, peak);
            if (!before && step == PatternLane.DownForward && index == _size.MicroBatches - 1) after = true;
        }
    }

    private void Pull(int device, int step, int index, int slot, int peak)
    {
        PatternLane lane = _lanes[device];
        for (int earlier = EarliestSlot(device, step, index); earlier < slot; earlier++)
        {
            if (!lane.IsFree(earlier)) continue;
            lane.Move(step, index, earlier);
            if (lane.PeakHeld() <= peak) return;
            lane.Move(step, index, slot);
        }
    }

    /// <summary>The slot behind everything the n-th of a step uses.</summary>
    private int EarliestSlot(int device, int step, int index)
    {
        PatternLane lane = _lanes[device];
        int latest = -1;
        if (step == PatternLane.Weight) latest = lane.GradientSlot(index);
        else if (step > 0) latest = lane.SlotsOf(step - 1)[index];
        if (index > 0) latest = Math.Max(latest, lane.SlotsOf(step)[index - 1]);
        if (NeighbourOf(device, step) is { } neighbour) latest = Math.Max(latest, _lanes[neighbour].SlotsOf(step)[index]);
        return latest + 1;
    }

    /// <summary>The device that hands a step its input; null when there is none, or when the step before on the same device does.</summary>
    private int? NeighbourOf(int device, int step) => step switch
    {
        PatternLane.DownForward or PatternLane.UpGradient => device > 0 ? device - 1 : null,
        PatternLane.UpForward or PatternLane.DownGradient => device < _lanes.Length - 1 ? device + 1 : null,
        _ => null,
    };

    /// <summary>The same orders with every step as early as it can be.</summary>
    private FoldedPattern Squeezed()
    {
        var squeezed = new FoldedPattern(_size, [.. _lanes.Select(_ => new PatternLane())]);
        var free = new int[_lanes.Length];
        foreach ((_, int device, int step, int index) in InTime())
        {
            int slot = Math.Max(free[device], squeezed.EarliestSlot(device, step, index));
            squeezed._lanes[device].Add(step, slot);
            free[device] = slot + 1;
        }
        return squeezed;
    }

    private List<(int Slot, int Device, int Step, int Index)> InTime()
    {
        var all = new List<(int Slot, int Device, int Step, int Index)>();
        for (int device = 0; device < _lanes.Length; device++)
        {
            for (int step = 0; step < PatternLane.Steps; step++)
                all.AddRange(_lanes[device].SlotsOf(step).Select((slot, index) => (slot, device, step, index)));
        }
        all.Sort();
        return all;
    }

    private List<PipelineAction> ActionsOf(PatternLane lane, int device)
    {
        int down = device, up = _size.Stages - 1 - device;
        var actions = new List<PipelineAction>();
        var open = new Queue<PipelineAction>();
        var counts = new int[PatternLane.Steps];
        foreach (int step in lane.InOrder())
        {
            int index = counts[step]++;
            if (step == PatternLane.Weight)
            {
                actions.Add(open.Dequeue());
                continue;
            }
            int stage = step is PatternLane.DownForward or PatternLane.DownGradient ? down : up;
            bool backward = step is PatternLane.UpGradient or PatternLane.DownGradient;
            actions.Add(new PipelineAction(stage, backward ? ActionKind.InputGradient : ActionKind.Forward, index));
            if (backward) open.Enqueue(new PipelineAction(stage, ActionKind.WeightGradient, index));
        }
        return actions;
    }
}
