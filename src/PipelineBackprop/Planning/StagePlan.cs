namespace PipelineBackprop.Planning;

/// <summary>What a plan says of one stage.</summary>
/// <param name="FirstLayer">Index of its first layer.</param>
/// <param name="Forward">F of a micro-batch in seconds, the transfer of its input included.</param>
/// <param name="InputGradient">B of a micro-batch in seconds, the transfer of the gradient that comes in included.</param>
/// <param name="WeightGradient">W of a micro-batch in seconds.</param>
/// <param name="Update">The optimizer's step in seconds, once a minibatch.</param>
/// <param name="Bytes">The most bytes it takes at once in training.</param>
/// <param name="Device">The device of the schedule that runs it.</param>
public sealed record StagePlan(int FirstLayer, double Forward, double InputGradient, double WeightGradient, double Update, long Bytes, int Device)
{
    /// <summary>Of F: bringing its input, in seconds.</summary>
    public double ForwardTransfer { get; init; }

    /// <summary>Of B: bringing the gradient of its output, in seconds.</summary>
    public double GradientTransfer { get; init; }

    /// <summary>F + B + W of a micro-batch in seconds.</summary>
    public double Busy => Forward + InputGradient + WeightGradient;
}
