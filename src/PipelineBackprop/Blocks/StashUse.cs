namespace PipelineBackprop.Blocks;

/// <summary>What an action F does with what the layers keep for the backward pass.</summary>
internal enum StashUse
{
    /// <summary>It stays until B and W have used it.</summary>
    Keep,

    /// <summary>Each layer's part is dropped as the next begins; the stage keeps its input alone.</summary>
    Drop,

    /// <summary>F runs once more, right before B, on the kept input: it brings back what was dropped, and nothing leaves the stage.</summary>
    Recompute,
}
