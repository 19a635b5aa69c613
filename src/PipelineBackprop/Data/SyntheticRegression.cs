using PipelineBackprop.Randomness;

namespace PipelineBackprop.Data;

/// <summary>
/// Linear regression with many inputs and few examples, in which weight decay shows its worth:
/// y = 0.05 + Σ 0.01 x_j + ε with x_j ~ N(0, 1) and ε ~ N(0, 0.01²) ("Dive into Deep Learning", section on weight decay).
/// </summary>
public static class SyntheticRegression
{
    // Keeps these random streams ("SYNR") apart from those that other rooms read under the same seed.
    private const ulong StreamBase = 0x53594E52_00000000;

    /// <summary>Draws a training and a test part. Example i reads its own random stream, so it does not depend on the counts.</summary>
    /// <param name="seed">The seed of all numbers.</param>
    /// <param name="inputWidth">Inputs of an example, at least 1.</param>
    /// <param name="trainCount">Training examples, at least 1.</param>
    /// <param name="testCount">Test examples, at least 1.</param>
    public static DatasetPair Generate(ulong seed, int inputWidth = 200, int trainCount = 20, int testCount = 100)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputWidth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(trainCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(testCount);
        return new DatasetPair(
            Part(seed, StreamBase, inputWidth, trainCount, "synthetic regression, training part"),
            Part(seed, StreamBase + (1UL << 31), inputWidth, testCount, "synthetic regression, test part"));
    }

    private static Dataset Part(ulong seed, ulong stream, int inputWidth, int count, string name)
    {
        float[] inputs = new float[checked(count * inputWidth)], targets = new float[count];
        for (int i = 0; i < count; i++)
        {
            var random = new RandomStream(seed, stream + (ulong)i);
            double y = 0.05;
            for (int j = 0; j < inputWidth; j++)
            {
                float x = (float)random.NextGaussian();
                inputs[i * inputWidth + j] = x;
                y += 0.01 * x;
            }
            targets[i] = (float)(y + 0.01 * random.NextGaussian());
        }
        return new Dataset(name, inputWidth, inputs, 1, targets);
    }
}
