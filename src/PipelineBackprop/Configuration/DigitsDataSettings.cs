using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>The built-in images of the ten digits, 28×28 pixels, drawn from a seed: the same bytes on every machine.</summary>
public sealed record DigitsDataSettings : DataSettings
{
    /// <summary>The seed of the drawing, at least 0; default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Images to train on, 1 to 1,000,000; default 12,000.</summary>
    [SettingRange(1, 1_000_000)]
    public int TrainCount { get; init; } = 12_000;

    /// <summary>Images to test on, 1 to 1,000,000; default 2,000.</summary>
    [SettingRange(1, 1_000_000)]
    public int TestCount { get; init; } = 2_000;
}
