namespace PipelineBackprop.Checkpoints;

/// <summary>Refuses a checkpoint that could not be read back as it is.</summary>
internal static class CheckpointChecks
{
    /// <exception cref="ArgumentException">A counter is negative, two tensors share a name, or a text is not well-formed.</exception>
    public static void Check(Checkpoint checkpoint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(checkpoint.Step, nameof(Checkpoint.Step));
        ArgumentOutOfRangeException.ThrowIfNegative(checkpoint.Epoch, nameof(Checkpoint.Epoch));
        ArgumentOutOfRangeException.ThrowIfNegative(checkpoint.SamplerEpoch, nameof(Checkpoint.SamplerEpoch));
        ArgumentOutOfRangeException.ThrowIfNegative(checkpoint.SamplerPosition, nameof(Checkpoint.SamplerPosition));
        CheckNames(checkpoint.Parameters, nameof(Checkpoint.Parameters));
        CheckNames(checkpoint.OptimizerState, nameof(Checkpoint.OptimizerState));
        CheckTexts([checkpoint.OptimizerName], nameof(Checkpoint.OptimizerName));
        CheckTexts([checkpoint.ModelDescription], nameof(Checkpoint.ModelDescription));
        CheckTexts(checkpoint.OptimizerScalars.Keys, nameof(Checkpoint.OptimizerScalars));
        CheckTexts(checkpoint.RandomState.Keys, nameof(Checkpoint.RandomState));
        CheckTexts(checkpoint.Best.Keys, nameof(Checkpoint.Best));
    }

    private static void CheckNames(IReadOnlyList<NamedTensor> tensors, string where)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (NamedTensor tensor in tensors)
        {
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"Two tensors of {where} are named '{tensor.Name}'.", where);
        }
    }

    private static void CheckTexts(IEnumerable<string> texts, string where)
    {
        if (texts.Any(text => !NamedTensor.IsWellFormed(text)))
            throw new ArgumentException($"A text of {where} holds half a surrogate pair.", where);
    }
}
