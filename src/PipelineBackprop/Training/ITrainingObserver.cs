namespace PipelineBackprop.Training;

/// <summary>
/// Hears how a training goes, in order, one call at a time; steps are counted as the trainer does. What it throws ends the training.
/// </summary>
public interface ITrainingObserver
{
    /// <summary>The training begins, or continues from a checkpoint.</summary>
    void Started(TrainingPlan plan) { }

    /// <summary>A step was taken.</summary>
    void StepEnded(StepResult step, long epoch) { }

    /// <summary>The model was measured on the test set.</summary>
    void Evaluated(TrainingEvaluation evaluation) { }

    /// <summary>A checkpoint is complete on disk, after this many steps.</summary>
    void CheckpointSaved(long step, string directory) { }
}
