namespace PipelineBackprop.Checkpoints;

/// <summary>A checkpoint read from disk, and where it came from.</summary>
/// <param name="Checkpoint">The state.</param>
/// <param name="Directory">The full path of the checkpoint's directory.</param>
/// <param name="WrittenAt">When it was written, in UTC.</param>
/// <param name="Skipped">One sentence for each damaged checkpoint that was passed over; empty when all is well.</param>
public sealed record LoadedCheckpoint(Checkpoint Checkpoint, string Directory, DateTimeOffset WrittenAt, IReadOnlyList<string> Skipped);
