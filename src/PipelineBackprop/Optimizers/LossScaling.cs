namespace PipelineBackprop.Optimizers;

/// <summary>
/// Dynamic loss scaling (Micikevicius et al. 2018): the loss's gradient is multiplied by a power of two, so that small gradients of products in a short format
/// do not vanish, and the sums are divided by it before the update. A step whose gradients are not finite is skipped and counted and the scale is halved;
/// after a number of good steps it is doubled. Powers of two change no bit of a result that neither vanishes nor overflows.
/// </summary>
/// <param name="Initial">The first scale, a power of two from 1 to 2²⁴; default 65,536.</param>
/// <param name="GrowthInterval">Good steps in a row until the scale is doubled, at least 1; default 2,000.</param>
public sealed record LossScaling(double Initial = 65_536, int GrowthInterval = 2_000)
{
    /// <summary>The largest scale.</summary>
    public const double Largest = 1 << 24;
}
