namespace PipelineBackprop.Training;

/// <summary>Why a training ended.</summary>
public enum TrainingEnd
{
    /// <summary>All steps were taken.</summary>
    Completed,

    /// <summary>Early stopping ended it; the parameters are the best it had.</summary>
    StoppedEarly,

    /// <summary>It was asked to stop after the step; a checkpoint was saved.</summary>
    Interrupted,
}
