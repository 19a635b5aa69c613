namespace PipelineBackprop.Training;

/// <summary>Remembers the best evaluation and how long ago it was; written to checkpoints, so a resumed training stops where the first would have.</summary>
internal sealed class BestTracker(EarlyStopping? rule)
{
    private double _best = double.NaN;
    private double _bestStep;
    private int _without;

    /// <summary>The step of the best evaluation so far; null before the first.</summary>
    public long? BestStep => double.IsNaN(_best) ? null : (long)_bestStep;

    /// <summary>Whether patience has run out.</summary>
    public bool IsExhausted => rule is not null && _without >= rule.Patience;

    /// <summary>Notes an evaluation; true when it is the best so far.</summary>
    public bool Note(EvaluationResult test, long step)
    {
        bool isBest = IsBest(test);
        if (isBest) (_best, _bestStep) = (ValueOf(test), step);
        _without = isBest ? 0 : _without + 1;
        return isBest;
    }

    /// <summary>Whether an evaluation is the best so far.</summary>
    public bool IsBest(EvaluationResult test) => double.IsNaN(_best) || ValueOf(test) < _best - (rule?.MinimumDelta ?? 0);

    public IReadOnlyDictionary<string, double> Save() =>
        double.IsNaN(_best) ? new Dictionary<string, double>() : new Dictionary<string, double> { ["value"] = _best, ["step"] = _bestStep, ["without"] = _without };

    public void Restore(IReadOnlyDictionary<string, double> saved)
    {
        if (!saved.TryGetValue("value", out _best)) _best = double.NaN;
        _bestStep = saved.GetValueOrDefault("step");
        _without = (int)saved.GetValueOrDefault("without");
    }

    private double ValueOf(EvaluationResult test) => rule?.Metric == EarlyStoppingMetric.TestAccuracy && test.Accuracy is { } accuracy ? -accuracy : test.Loss;
}
