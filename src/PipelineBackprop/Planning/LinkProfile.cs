namespace PipelineBackprop.Planning;

/// <summary>What transfers from one device to another take, measured. Immutable.</summary>
/// <param name="From">Index of the sending device's profile.</param>
/// <param name="To">Index of the receiving device's profile.</param>
/// <param name="Outputs">By layer: its output for one micro-batch.</param>
public sealed record LinkProfile(int From, int To, IReadOnlyList<TransferTime> Outputs);
