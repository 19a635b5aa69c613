using PipelineBackprop.Schedules;

namespace PipelineBackprop.Planning;

/// <summary>What a plan says of one stage; seconds are those of one micro-batch.</summary>
/// <param name="FirstLayer">Index of its first layer.</param>
/// <param name="Forward">F, its transfers included.</param>
/// <param name="InputGradient">B, its transfers included.</param>
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

    /// <summary>Of F: bringing its input, and sending its output off.</summary>
    public double ForwardTransfer { get; init; }

    /// <summary>Of B: bringing the gradient of its output, and sending that of its input off.</summary>
    public double GradientTransfer { get; init; }

    /// <summary>F + B + W of a micro-batch that is neither the first nor recomputed.</summary>
    public double Busy => Forward + InputGradient + WeightGradient;

    /// <summary>F + B + W of a mean micro-batch of that many.</summary>
    public double BusyOf(int microBatches) => Busy + (FirstForward + FirstInputGradient + Recomputation.CountOf(microBatches) * ForwardAgain) / microBatches;

    /// <summary>The stage of the layers from the first to before the end, its bytes and memory left open.</summary>
    internal static StagePlan Of(PipelineProfile profile, PipelineSchedule schedule, int stage, int first, int end, Recomputation recomputation)
    {
        int device = schedule.DeviceOf(stage);
        ModelProfile model = profile.Of(device);
        LayerProfile[] layers = [.. model.Layers.Take(end).Skip(first)];
        EngineProfile engine = model.Engine;
        (TransferTime inputs, TransferTime inputGradients) = first == 0 ? (new(0, model.Layers[0].Upload), default) : Crossing(first, schedule.DeviceOf(stage - 1), device);
        (TransferTime outputs, TransferTime outputGradients) = end == profile.LayerCount ? default : Crossing(end, device, schedule.DeviceOf(stage + 1));
        double forward = layers.Sum(layer => layer.Forward), overhead = engine.Forward.Of(layers.Length);
        double forwardTransfer = inputs.Receive + outputs.Send, gradientTransfer = outputGradients.Receive + inputGradients.Send;
        return new StagePlan(
            first, forward + forwardTransfer + overhead,
            layers.Sum(layer => layer.InputGradient) + gradientTransfer + engine.InputGradient.Of(layers.Length),
            layers.Sum(layer => layer.WeightGradient) + engine.WeightGradient.Of(layers.Length),
            layers.Sum(layer => layer.Update))
        {
            Device = device,
            Recomputation = recomputation,
            // The loss is not computed again, and only the first stage brings its input again.
            ForwardAgain = recomputation == Recomputation.Never ? 0 : Math.Max(0, forward - layers.Sum(layer => layer.Loss)) + (first == 0 ? inputs.Receive : 0) + overhead,
            FirstForward = layers.Sum(layer => layer.FirstForward),
            FirstInputGradient = layers.Sum(layer => layer.FirstInputGradient),
            ForwardTransfer = forwardTransfer,
            GradientTransfer = gradientTransfer,
        };

        // Activations one way and, where a layer before learns, their gradients the other way.
        (TransferTime Forward, TransferTime Backward) Crossing(int boundary, int before, int behind) => (
            profile.Transfer(boundary - 1, before, behind), profile.NeedsGradientBefore(boundary) ? profile.Transfer(boundary - 1, behind, before) : default);
    }
}
