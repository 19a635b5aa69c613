namespace PipelineBackprop.Training;

/// <summary>What early stopping watches.</summary>
public enum EarlyStoppingMetric
{
    /// <summary>The mean loss on the test set; smaller is better.</summary>
    TestLoss,

    /// <summary>The accuracy on the test set; larger is better.</summary>
    TestAccuracy,
}
