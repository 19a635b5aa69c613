namespace PipelineBackprop.Blocks;

/// <summary>What went wrong in a block, and where.</summary>
internal sealed record BlockFault(BlockPlace Place, Exception Exception);
