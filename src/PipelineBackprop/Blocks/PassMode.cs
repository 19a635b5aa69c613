namespace PipelineBackprop.Blocks;

/// <summary>What a pass through the pipeline is for.</summary>
internal enum PassMode
{
    /// <summary>Forward, backward, update.</summary>
    Train,

    /// <summary>Forward and backward; the gradients are read and the parameters stay.</summary>
    Gradients,

    /// <summary>Forward and backward with tangents along a direction of the parameters; the product Hv is read in the place of the gradients.</summary>
    HessianVector,

    /// <summary>Forward and loss.</summary>
    Evaluate,

    /// <summary>Forward.</summary>
    Predict,
}
