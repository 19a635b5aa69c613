namespace PipelineBackprop.Blocks;

/// <summary>Who hears from an optimizer block, on the stage's thread.</summary>
internal interface IOptimizerListener
{
    /// <summary>All gradients of the pass are summed.</summary>
    void GradientsReady(Pass pass, GradientReport report);

    /// <summary>The step is taken.</summary>
    void Updated(Pass pass);

    /// <summary>Something threw; <paramref name="duringUpdate"/> when parameters may be half changed.</summary>
    void OptimizerFailed(Pass pass, BlockFault fault, bool duringUpdate);
}
