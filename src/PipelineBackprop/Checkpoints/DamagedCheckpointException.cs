namespace PipelineBackprop.Checkpoints;

/// <summary>Why one checkpoint directory cannot be used; the store turns it into a sentence or passes on to an older checkpoint.</summary>
/// <param name="reason">A clause that names the file and the numbers, without a full stop.</param>
/// <param name="inner">The fault that revealed it.</param>
internal sealed class DamagedCheckpointException(string reason, Exception? inner = null) : Exception(reason, inner);
