namespace PipelineBackprop.Training;

/// <summary>What a training is going to do.</summary>
/// <param name="FirstStep">Steps of this training already taken: 0 unless resumed.</param>
/// <param name="TotalSteps">Steps of this training taken at the end if nothing stops it.</param>
/// <param name="StepsPerEpoch">Minibatches of one pass over the training set.</param>
/// <param name="TrainExamples">Examples to train on.</param>
/// <param name="TestExamples">Examples to test on; 0 without a test set.</param>
public sealed record TrainingPlan(long FirstStep, long TotalSteps, int StepsPerEpoch, int TrainExamples, int TestExamples);
