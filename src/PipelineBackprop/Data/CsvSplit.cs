using PipelineBackprop.Randomness;

namespace PipelineBackprop.Data;

/// <summary>Which rows are for training and which for testing.</summary>
internal static class CsvSplit
{
    // Keeps this random stream ("CSVS") apart from those that other rooms read under the same seed.
    private const ulong Stream = 0x43535653_00000000;

    /// <summary>Row numbers of both parts, each in file order: the last rows for testing, or as many drawn by chance.</summary>
    public static (int[] Train, int[] Test) Of(int count, int testCount, bool shuffle, ulong seed)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        if (shuffle && testCount > 0)
        {
            var random = new RandomStream(seed, Stream);
            for (int i = count - 1; i > 0; i--)
            {
                int j = random.NextInt(i + 1);
                (order[i], order[j]) = (order[j], order[i]);
            }
        }
        int[] train = order[..(count - testCount)], test = order[(count - testCount)..];
        Array.Sort(train);
        Array.Sort(test);
        return (train, test);
    }

    /// <summary>The chosen rows as a data set of their own.</summary>
    public static Dataset Take(Dataset all, ReadOnlySpan<int> rows, string name)
    {
        float[] inputs = new float[rows.Length * all.InputWidth], targets = new float[rows.Length * all.TargetWidth];
        MinibatchSampler.Gather(all, rows, inputs, targets);
        return new Dataset(name, all.InputWidth, inputs, all.TargetWidth, targets, all.ClassCount, all.ClassNames, all.InputNames);
    }
}
