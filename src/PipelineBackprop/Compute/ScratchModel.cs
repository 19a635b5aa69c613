using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

/// <summary>
/// What <see cref="ICompute.ScratchBytes"/> of a compute would come to, told the sizes of what is asked of it and nothing else: a dry run counts by it what a real one
/// will take. Scratch grows to the most that was ever asked and never shrinks. This one is of a device without any. Not thread-safe.
/// </summary>
public class ScratchModel
{
    /// <summary>Bytes after what was asked so far.</summary>
    public virtual long Bytes => 0;

    /// <summary>A matrix product of whatever form.</summary>
    public virtual void Product(in ProductSizes sizes) { }

    /// <summary>The losses of so many rows.</summary>
    public virtual void Losses(int rows) { }

    /// <summary>Sums of squares, asked for together.</summary>
    public virtual void SumsOfSquares(ReadOnlySpan<DeviceTensor> tensors) { }

    /// <summary>A step of an optimizer on a parameter.</summary>
    public virtual void Update(DeviceTensor parameter) { }

    /// <summary>A look for NaN and infinity that is answered at once.</summary>
    public virtual void Look(DeviceTensor x) { }

    /// <summary>A watch whose scratch is counted here; null where <see cref="ICompute.WatchFinite"/> gives none.</summary>
    public virtual FiniteWatch? WatchFinite() => null;
}
