namespace PipelineBackprop.Blocks;

/// <summary>
/// One minibatch on its way through the pipeline, as the blocks see it. Immutable but for its token; messages of a pass that is no longer the
/// stage's current one are stale and are dropped.
/// </summary>
internal sealed class Pass(PassMode mode, long step, MicroBatchRange[] microBatches, PassData data, CancellationToken token, double lossScale = 1)
{
    public PassMode Mode { get; } = mode;

    /// <summary>Whether the pass goes backward too.</summary>
    public bool IsTraining => Mode is PassMode.Train or PassMode.Gradients or PassMode.HessianVector;

    /// <summary>Whether every action's result is looked at for NaN and infinity.</summary>
    public bool ChecksEveryAction { get; init; }

    /// <summary>Whether the stages note what they do and when.</summary>
    public bool RecordsTimeline { get; init; }

    public long Step { get; } = step;

    /// <summary>Which of the stages' seats the pass takes: passes that overlap have one each.</summary>
    public int Seat { get; init; }

    public MicroBatchRange[] MicroBatches { get; } = microBatches;

    /// <summary>Whether the parameters serve several micro-batches, or stay as they are from pass to pass.</summary>
    public bool ReusesParameters => !IsTraining || MicroBatches.Length > 1;

    public int Examples { get; } = microBatches[^1].First + microBatches[^1].Count;

    public PassData Data { get; } = data;

    /// <summary>Where the parameters move, by name, in a Hessian-vector product, and null otherwise; a parameter that is not named stays.</summary>
    public IReadOnlyDictionary<string, double[]>? Direction { get; init; }

    /// <summary>Factor of every gradient of the pass; the update divides by it.</summary>
    public double LossScale { get; } = lossScale;

    /// <summary>The sums of l over each micro-batch's examples; written by the last stage before it reports.</summary>
    public double[] LossSums { get; } = new double[microBatches.Length];

    /// <summary>Cancelled when the pass is given up, for whatever reason.</summary>
    public CancellationToken Token { get; } = token;
}
