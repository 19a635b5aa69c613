namespace PipelineBackprop.Checkpoints;

/// <summary>What a manifest says about one file: its length in bytes and its SHA-256 in lower-case hexadecimal.</summary>
internal sealed record FileSeal(long Bytes, string Sha256);
