namespace PipelineBackprop.Optimizers;

/// <summary>The scale of <see cref="LossScaling"/> from step to step. Not thread-safe.</summary>
internal sealed class LossScaler(LossScaling? settings)
{
    private const string ScaleName = "lossScale", GoodName = "lossScaleGoodSteps", SkippedName = "skippedSteps";

    private int _goodSteps;

    /// <summary>The scale of the next step; 1 without scaling.</summary>
    public double Scale { get; private set; } = settings?.Initial ?? 1;

    /// <summary>Steps skipped so far.</summary>
    public long Skipped { get; private set; }

    /// <summary>Whether a step with gradients that are not finite may be skipped; at scale 1 there is nothing left to lower, and it is a fault.</summary>
    public bool MaySkip => settings is not null && Scale > 1;

    /// <summary>A step has ended.</summary>
    public void Note(bool skipped)
    {
        if (settings is null) return;
        if (skipped)
        {
            Skipped++;
            Scale = Math.Max(1, Scale / 2);
            _goodSteps = 0;
        }
        else if (++_goodSteps >= settings.GrowthInterval)
        {
            Scale = Math.Min(LossScaling.Largest, Scale * 2);
            _goodSteps = 0;
        }
    }

    /// <summary>What a checkpoint keeps; empty without scaling.</summary>
    public IReadOnlyDictionary<string, double> Capture() => settings is null
        ? new Dictionary<string, double>()
        : new Dictionary<string, double> { [ScaleName] = Scale, [GoodName] = _goodSteps, [SkippedName] = Skipped };

    /// <summary>Continues from what <see cref="Capture"/> gave; begins anew where nothing was kept.</summary>
    public void Restore(IReadOnlyDictionary<string, double> scalars)
    {
        if (settings is null) return;
        Scale = Math.Clamp(scalars.GetValueOrDefault(ScaleName, settings.Initial), 1, LossScaling.Largest);
        _goodSteps = (int)scalars.GetValueOrDefault(GoodName);
        Skipped = (long)scalars.GetValueOrDefault(SkippedName);
    }
}
