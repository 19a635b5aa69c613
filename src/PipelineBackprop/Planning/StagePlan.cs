using PipelineBackprop.Schedules;

namespace PipelineBackprop.Planning;

/// <summary>What a plan says of one stage; seconds are those of one micro-batch.</summary>
/// <param name="FirstLayer">Index of its first layer.</param>
/// <param name="Forward">F, the transfer of its input included.</param>
/// <param name="InputGradient">B, the transfer of the gradient that comes in included.</param>
/// <param name="WeightGradient">W.</param>
/// <param name="Update">The optimizer's step, once a minibatch.</param>
public sealed record StagePlan(int FirstLayer, double Forward, double InputGradient, double WeightGradient, double Update)
{
    /// <summary>The most bytes it takes at once in training.</summary>
    public long Bytes { get; init; }

    /// <summary>The device of the schedule that runs it.</summary>
    public int Device { get; init; }

    /// <summary>The memory it takes from; stages on one real device share one.</summary>
    public int Memory { get; init; }

    /// <summary>Which micro-batches are recomputed.</summary>
    public Recomputation Recomputation { get; init; }

    /// <summary>What a recomputation adds to B; 0 where none is.</summary>
    public double ForwardAgain { get; init; }

    /// <summary>What the first micro-batch adds to F, whose weights have just changed: the device puts them into its own order.</summary>
    public double FirstForward { get; init; }

    /// <summary>What the first micro-batch adds to B, likewise.</summary>
    public double FirstInputGradient { get; init; }

    /// <summary>Of F: bringing its input.</summary>
    public double ForwardTransfer { get; init; }

    /// <summary>Of B: bringing the gradient of its output.</summary>
    public double GradientTransfer { get; init; }

    /// <summary>F + B + W of a micro-batch that is neither the first nor recomputed.</summary>
    public double Busy => Forward + InputGradient + WeightGradient;

    /// <summary>F + B + W of a mean micro-batch of that many.</summary>
    public double BusyOf(int microBatches) => Busy + (FirstForward + FirstInputGradient + Recomputation.CountOf(microBatches) * ForwardAgain) / microBatches;

    /// <summary>The stage of the layers from the first to before the end, its bytes and devices left open.</summary>
    public static StagePlan Of(ModelProfile profile, int first, int end, Recomputation recomputation)
    {
        ArgumentNullException.ThrowIfNull(profile);
        LayerProfile[] layers = [.. profile.Layers.Take(end).Skip(first)];
        EngineProfile engine = profile.Engine;
        // The receiver takes what comes into its own memory, as part of its action.
        double input = first > 0 ? profile.Layers[first - 1].Transfer : profile.Layers[0].Upload, gradient = end < profile.Layers.Count ? profile.Layers[end - 1].Transfer : 0;
        double forward = layers.Sum(layer => layer.Forward), overhead = engine.Forward.Of(layers.Length);
        return new StagePlan(
            first, forward + input + overhead,
            layers.Sum(layer => layer.InputGradient) + gradient + engine.InputGradient.Of(layers.Length),
            layers.Sum(layer => layer.WeightGradient) + engine.WeightGradient.Of(layers.Length),
            layers.Sum(layer => layer.Update))
        {
            Recomputation = recomputation,
            // The loss is not computed again, and only the first stage brings its input again.
            ForwardAgain = recomputation == Recomputation.Never ? 0 : Math.Max(0, forward - layers.Sum(layer => layer.Loss)) + (first == 0 ? input : 0) + overhead,
            FirstForward = layers.Sum(layer => layer.FirstForward),
            FirstInputGradient = layers.Sum(layer => layer.FirstInputGradient),
            ForwardTransfer = input,
            GradientTransfer = gradient,
        };
    }
}
