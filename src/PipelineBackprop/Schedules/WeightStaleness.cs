namespace PipelineBackprop.Schedules;

/// <summary>
/// How the weights of an asynchronous schedule lag. Minibatch t (0-based) is computed, forward and backward, with the weights after
/// max(t − Delay, 0) updates, so update t is w(t+1) = w(t) − η g(w(t − Delay)). Not the parameters that a synchronous schedule gives.
/// </summary>
/// <param name="MicroBatchesPerUpdate">The micro-batches whose gradients make up one update, at least 1.</param>
/// <param name="Delay">The updates by which the weights of a gradient are behind those it changes, at least 1.</param>
/// <param name="Versions">The weight versions each stage holds at once, at least 2.</param>
public sealed record WeightStaleness(int MicroBatchesPerUpdate, int Delay, int Versions)
{
    /// <summary>One sentence for every report.</summary>
    public override string ToString() =>
        $"asynchronous: gradients are {Delay} update{(Delay == 1 ? "" : "s")} behind the weights they change, {Versions} weight versions a stage, one update every {MicroBatchesPerUpdate} micro-batches";
}
