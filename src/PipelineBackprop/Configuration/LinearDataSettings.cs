using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>Synthetic linear regression with many inputs and few examples, in which weight decay shows its worth.</summary>
public sealed record LinearDataSettings : DataSettings
{
    /// <summary>The seed of the numbers, at least 0; default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Inputs of an example, 1 to 1,000,000; default 200.</summary>
    [SettingRange(1, 1_000_000)]
    public int Inputs { get; init; } = 200;

    /// <summary>Examples to train on, 1 to 1,000,000; default 20.</summary>
    [SettingRange(1, 1_000_000)]
    public int TrainCount { get; init; } = 20;

    /// <summary>Examples to test on, 1 to 1,000,000; default 100.</summary>
    [SettingRange(1, 1_000_000)]
    public int TestCount { get; init; } = 100;
}
