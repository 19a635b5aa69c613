using System.Globalization;
using Xunit;

namespace PipelineBackprop.Testing.Compute;

/// <summary>Comparisons of number lists that say how far apart they are.</summary>
public static class Close
{
    /// <summary>‖actual − expected‖ ≤ tolerance · max(‖expected‖, floor), in the Euclidean norm.</summary>
    public static void InNorm(double[] expected, double[] actual, double tolerance, string what, double floor = 0)
    {
        Assert.Equal(expected.Length, actual.Length);
        double difference = Math.Sqrt(expected.Zip(actual, (e, a) => (e - a) * (e - a)).Sum());
        double size = Math.Max(floor, Math.Sqrt(expected.Sum(e => e * e)));
        // Written so that NaN fails.
        Assert.True(difference <= tolerance * size, string.Create(
            CultureInfo.InvariantCulture, $"{what}: off by {difference:E2}, allowed {tolerance:E1} of {size:E2}"));
    }

    /// <summary>|actual − expected| ≤ tolerance · max(|expected|, floor) for every element.</summary>
    public static void Each(double[] expected, double[] actual, double tolerance, string what, double floor = 0)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            double allowed = tolerance * Math.Max(floor, Math.Abs(expected[i]));
            Assert.True(Math.Abs(actual[i] - expected[i]) <= allowed, string.Create(
                CultureInfo.InvariantCulture, $"{what}[{i}]: expected {expected[i]:R}, got {actual[i]:R}, allowed {allowed:E1}"));
        }
    }

    /// <summary>The same bits; values that came from a device of either format.</summary>
    public static void Bits(double[] expected, double[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(BitConverter.DoubleToInt64Bits(expected[i]) == BitConverter.DoubleToInt64Bits(actual[i]), string.Create(
                CultureInfo.InvariantCulture, $"{what}[{i}]: expected {expected[i]:R}, got {actual[i]:R}"));
    }
}
