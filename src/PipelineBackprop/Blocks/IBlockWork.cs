namespace PipelineBackprop.Blocks;

/// <summary>What a block leaves for its thread to do.</summary>
internal interface IBlockWork
{
    /// <summary>Does the next piece; on the thread.</summary>
    void Run();
}
