using PipelineBackprop.Configuration.Reading;
using PipelineBackprop.Training;

namespace PipelineBackprop.Configuration;

/// <summary>Ends training when a metric of the test data no longer improves. Immutable.</summary>
public sealed record EarlyStoppingSettings
{
    /// <summary>The metric that is watched; default testLoss.</summary>
    public EarlyStoppingMetric Metric { get; init; } = EarlyStoppingMetric.TestLoss;

    /// <summary>Evaluations in a row without progress before training ends, at least 1; default 3.</summary>
    [SettingRange(1)]
    public int Patience { get; init; } = 3;

    /// <summary>What counts as progress at least, in units of the metric, at least 0; default 0.</summary>
    [SettingRange(0)]
    public double MinimumDelta { get; init; }
}
