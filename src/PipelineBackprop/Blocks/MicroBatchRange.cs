namespace PipelineBackprop.Blocks;

/// <summary>The examples of one micro-batch within its minibatch.</summary>
/// <param name="Index">Number of the micro-batch, from 0.</param>
/// <param name="First">Index of its first example.</param>
/// <param name="Count">Its true number of examples, at least 1.</param>
public readonly record struct MicroBatchRange(int Index, int First, int Count)
{
    /// <summary>
    /// Cuts <paramref name="examples"/> into <paramref name="microBatches"/> parts whose sizes differ by at most one, the larger first; fewer parts
    /// when there are fewer examples.
    /// </summary>
    public static MicroBatchRange[] Split(int examples, int microBatches)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(examples);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(microBatches);
        int parts = Math.Min(examples, microBatches), size = examples / parts, larger = examples % parts;
        var ranges = new MicroBatchRange[parts];
        int first = 0;
        for (int index = 0; index < parts; index++)
        {
            int count = size + (index < larger ? 1 : 0);
            ranges[index] = new MicroBatchRange(index, first, count);
            first += count;
        }
        return ranges;
    }

    /// <summary>Cuts <paramref name="examples"/> into parts of <paramref name="size"/>, the last one what is left.</summary>
    public static MicroBatchRange[] Cut(int examples, int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(examples);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        var ranges = new MicroBatchRange[(examples - 1) / size + 1];
        for (int index = 0; index < ranges.Length; index++)
            ranges[index] = new MicroBatchRange(index, index * size, Math.Min(size, examples - index * size));
        return ranges;
    }
}
