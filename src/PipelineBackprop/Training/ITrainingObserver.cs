namespace PipelineBackprop.Training;

/// <summary>
/// Hears how a training goes, in order, one call at a time; steps are counted as the trainer does. What it throws ends the training.
/// <para><see cref="Started"/> is called by the thread that calls <see cref="Trainer.RunAsync"/>, everything else by threads of the pool, now this and now that one, never two
/// together. A <see cref="SynchronizationContext"/> is not used: a window is to be told by the observer. The training goes on when the call returns.</para>
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
