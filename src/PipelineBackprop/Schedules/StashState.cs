namespace PipelineBackprop.Schedules;

/// <summary>What a stage holds of other micro-batches while one of its actions runs.</summary>
/// <param name="Running">The action.</param>
/// <param name="IsRecomputed">Whether its own micro-batch is one of those that are recomputed.</param>
/// <param name="Inputs">Micro-batches of which only the stage's input is kept: recomputed ones between F and B.</param>
/// <param name="Activations">Micro-batches of which all is kept: those that are not recomputed, between F and B.</param>
/// <param name="Between">Micro-batches between B and W, of which what W needs is kept.</param>
/// <param name="Turned">Micro-batches between F and B, whose gradient of the outputs waits behind the last layer.</param>
public readonly record struct StashState(ActionKind Running, bool IsRecomputed, int Inputs, int Activations, int Between, int Turned)
{
    /// <summary>Every such state of a stage that no other surpasses, when the first <paramref name="recomputed"/> micro-batches of each minibatch are recomputed.</summary>
    public static IReadOnlyList<StashState> Of(PipelineSchedule schedule, int stage, int recomputed)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        int perMinibatch = schedule.MicroBatchCount / schedule.MinibatchCount;
        var ended = new int[schedule.MicroBatchCount]; // actions of each micro-batch, 0 to 3
        var states = new HashSet<StashState>();
        foreach (PipelineAction action in schedule.ActionsOfStage(stage))
        {
            int inputs = 0, activations = 0, between = 0, turned = 0;
            for (int other = 0; other < ended.Length; other++)
            {
                if (other == action.MicroBatch) continue;
                bool isRecomputed = other % perMinibatch < recomputed;
                inputs += ended[other] == 1 && isRecomputed ? 1 : 0;
                activations += ended[other] == 1 && !isRecomputed ? 1 : 0;
                between += ended[other] == 2 ? 1 : 0;
                turned += ended[other] == 1 ? 1 : 0;
            }
            states.Add(new StashState(action.Kind, action.MicroBatch % perMinibatch < recomputed, inputs, activations, between, turned));
            ended[action.MicroBatch]++;
        }
        return [.. states.Where(state => !states.Any(state.IsSurpassedBy))];
    }

    private bool IsSurpassedBy(StashState other) =>
        other != this && other.Running == Running && other.IsRecomputed == IsRecomputed
        && other.Inputs >= Inputs && other.Activations >= Activations && other.Between >= Between && other.Turned >= Turned;
}
