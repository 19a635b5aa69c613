using PipelineBackprop.Checkpoints;
using Xunit;

namespace PipelineBackprop.Tests.Checkpoints;

/// <summary>Checkpoints whose every field depends on the step, so that a mix of two can be told from either.</summary>
internal static class CheckpointSamples
{
    public static Checkpoint AtStep(long step, bool best = false) => new()
    {
        Step = step,
        Epoch = step / 10,
        SamplerEpoch = step / 10 + 1,
        SamplerPosition = step * 64,
        Parameters = [new("layers.0.weight", [2, 3], new[] { step, step + 0.1f, -0f, float.Epsilon, 5f, 6f }), new("layers.0.bias", [2], new float[] { step, -step })],
        OptimizerState = [new("layers.0.weight.momentum", [2, 3], new[] { 0.1f * step, 2f, 3f, 4f, 5f, 6f })],
        OptimizerName = "adam",
        OptimizerScalars = new Dictionary<string, double> { ["beta1"] = 0.9, ["beta1Power"] = Math.Pow(0.9, step) },
        RandomState = new Dictionary<string, long> { ["seed"] = unchecked((long)0xFEDCBA9876543210), ["dropout"] = step },
        Best = new Dictionary<string, double> { ["loss"] = 1.0 / (step + 3) },
        IsBest = best,
        ModelDescription = $"dense 3-2, step {step}",
    };

    /// <summary>Fails unless every field is equal, floats by their bits and doubles by their bits.</summary>
    public static void AssertSame(Checkpoint expected, Checkpoint actual)
    {
        Assert.Equal(
            (expected.Step, expected.Epoch, expected.SamplerEpoch, expected.SamplerPosition, expected.OptimizerName, expected.IsBest, expected.ModelDescription),
            (actual.Step, actual.Epoch, actual.SamplerEpoch, actual.SamplerPosition, actual.OptimizerName, actual.IsBest, actual.ModelDescription));
        Assert.True(SafetensorsBytes.Same(expected.Parameters, actual.Parameters), "parameters differ");
        Assert.True(SafetensorsBytes.Same(expected.OptimizerState, actual.OptimizerState), "optimizer state differs");
        Assert.Equal(Bits(expected.OptimizerScalars), Bits(actual.OptimizerScalars));
        Assert.Equal(Bits(expected.Best), Bits(actual.Best));
        Assert.Equal(expected.RandomState.OrderBy(pair => pair.Key), actual.RandomState.OrderBy(pair => pair.Key));
    }

    private static IEnumerable<(string, long)> Bits(IReadOnlyDictionary<string, double> values) =>
        values.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, BitConverter.DoubleToInt64Bits(pair.Value)));
}
