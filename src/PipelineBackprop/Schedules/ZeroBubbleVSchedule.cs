namespace PipelineBackprop.Schedules;

/// <summary>
/// ZB-V (Qi et al. 2023): device i owns the stages i and 2p−1−i, so that the last stage shares the first device and B begins where F
/// began. No device waits from its first action to its last when F=B=W, and each holds p micro-batches, as many as the first device
/// of 1F1B. For p=2, m=4, all times of a chunk 1:
/// <code>
/// device 0  0F0 0F1 0F2 3F0 3B0 3W0 3F1 3B1 3W1 0F3 0B0 0W0 3F2 3B2 3W2 0B1 0W1 3F3 3B3 3W3 0B2 0W2 0B3 0W3  .
/// device 1   .  1F0 2F0 1F1 2F1 2B0 2W0 1F2 1B0 1W0 2F2 2B1 2W1 1F3 1B1 1W1 2F3 2B2 2W2 1B2 2B3 1B3 1W2 2W3 1W3
/// </code>
/// </summary>
public sealed class ZeroBubbleVSchedule : IScheduleGenerator
{
    /// <inheritdoc/>
    public string Name => "zb-v";

    /// <inheritdoc/>
    public string Summary => "two chunks a device, down and up: no bubble within a device when F = B = W, the memory of 1F1B";

    /// <inheritdoc/>
    public ScheduleChunks Chunks => ScheduleChunks.Two;

    /// <inheritdoc/>
    public PipelineSchedule Generate(ScheduleSize size)
    {
        this.ThrowIfImpossible(size);
        // Fewer micro-batches than the warm-up asks for are written as if there were enough, and the others struck out.
        int microBatches = Math.Max((2 * size.Devices) - 1, size.MicroBatches);
        new ScheduleSize(size.Devices, microBatches, size.Chunks).ThrowIfImpossible();
        var orders = new List<PipelineAction>[size.Devices];
        for (int device = 0; device < size.Devices; device++)
        {
            orders[device] = Order(size, device, microBatches);
            orders[device].RemoveAll(action => action.MicroBatch >= size.MicroBatches);
        }
        return new PipelineSchedule(Name, size.MicroBatches, StagePlacement.Fold(size), orders);
    }

    private static List<PipelineAction> Order(ScheduleSize size, int device, int microBatches)
    {
        int below = size.Devices - device;
        var down = new StageActions(device);
        var up = new StageActions(size.Stages - 1 - device);
        var order = new List<PipelineAction>();

        // Until the first micro-batch is back: forwards of the way down, then of both ways in turn.
        for (int i = 0; i < (2 * below) - 1; i++) order.Add(down.NextForward());
        for (int i = 0; i < device; i++) order.AddRange([up.NextForward(), down.NextForward()]);
        for (int i = 0; i < below; i++) order.AddRange([up.NextForward(), up.NextInputGradient(), up.NextWeightGradient()]);

        while (up.Forwards < microBatches)
        {
            if (down.Forwards < microBatches) order.Add(down.NextForward());
            order.AddRange([down.NextInputGradient(), down.NextWeightGradient()]);
            order.AddRange([up.NextForward(), up.NextInputGradient(), up.NextWeightGradient()]);
        }

        // B first as long as another device waits for it, then what is left of W.
        for (int i = 0; i < device; i++) order.AddRange([down.NextInputGradient(), up.NextInputGradient()]);
        for (int i = 0; i < below; i++) order.AddRange([down.NextInputGradient(), down.NextWeightGradient()]);
        while (up.WeightGradients < microBatches) order.Add(up.NextWeightGradient());
        while (down.WeightGradients < microBatches) order.Add(down.NextWeightGradient());
        return order;
    }

    /// <summary>Hands out the actions of one stage, each kind in micro-batch order.</summary>
    private sealed class StageActions(int stage)
    {
        private int _inputGradients;

        public int Forwards { get; private set; }

        public int WeightGradients { get; private set; }

        public PipelineAction NextForward() => new(stage, ActionKind.Forward, Forwards++);

        public PipelineAction NextInputGradient() => new(stage, ActionKind.InputGradient, _inputGradients++);

        public PipelineAction NextWeightGradient() => new(stage, ActionKind.WeightGradient, WeightGradients++);
    }
}
