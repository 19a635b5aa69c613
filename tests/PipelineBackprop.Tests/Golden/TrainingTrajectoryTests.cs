namespace PipelineBackprop.Tests.Golden;

public sealed class TrainingTrajectoryTests : Testing.Golden.TrainingTrajectoryTests;
