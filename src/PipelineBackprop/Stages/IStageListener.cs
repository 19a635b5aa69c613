using PipelineBackprop.Blocks;

namespace PipelineBackprop.Stages;

/// <summary>Who hears from the stages; called on their threads.</summary>
internal interface IStageListener
{
    /// <summary>
    /// The stage has run all its actions; the report is null in forward-only passes. <paramref name="nonFinite"/> is where the stage first met NaN or infinity,
    /// when its device was not waited for as it happened.
    /// </summary>
    void Finished(int stage, Pass pass, GradientReport? report, BlockFault? nonFinite);

    /// <summary>The stage has taken the step.</summary>
    void Updated(int stage, Pass pass);

    /// <summary>Something threw in a block of the stage.</summary>
    void Failed(int stage, Pass pass, BlockFault fault, bool duringUpdate);

    /// <summary>The stage has done its part of a round of giving up.</summary>
    void Acknowledged(int stage, Pass pass, AbortPhase phase);

    /// <summary>An action ended well.</summary>
    void Progressed();
}
