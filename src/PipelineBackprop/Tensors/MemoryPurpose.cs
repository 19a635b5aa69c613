namespace PipelineBackprop.Tensors;

/// <summary>What a buffer is for; the ledger and every memory report count by it.</summary>
public enum MemoryPurpose
{
    /// <summary>Weights, biases and normalisation parameters, and the copies of weights that a device keeps in its own order.</summary>
    Parameters,

    /// <summary>The sums of parameter gradients over the micro-batches.</summary>
    Gradients,

    /// <summary>Momentum and moment estimates.</summary>
    OptimizerState,

    /// <summary>Activations kept for the backward pass, targets included.</summary>
    Stash,

    /// <summary>Gradients of activations, layer scratch and everything else that lives within a step.</summary>
    Workspace,

    /// <summary>Room for tensors on their way to the next or previous stage, set aside for the whole pass: as many as the schedule can ever let wait.</summary>
    Transfer,

    /// <summary>What a device holds beside tensors: packing buffers of products, partial sums, findings of NaN, a vendor library's workspace. It never shrinks.</summary>
    Scratch,
}
