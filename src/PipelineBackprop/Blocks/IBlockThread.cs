namespace PipelineBackprop.Blocks;

/// <summary>The thread that the blocks of a stage live on, as they see it.</summary>
internal interface IBlockThread
{
    /// <summary>Runs a piece of work on the thread, behind all that was queued before.</summary>
    void Queue(IBlockWork work);
}
