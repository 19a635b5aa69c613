namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// Whether a multiply-add broadcasts its element of A from memory itself, twice where two vectors are multiplied with it, or an instruction before does so once for
/// both. Implemented by empty structs that only serve as type arguments.
/// </summary>
internal interface IFolding
{
    /// <summary>True where the multiply-adds do it.</summary>
    static abstract bool Folds { get; }
}
