using PipelineBackprop.Randomness;
using PipelineBackprop.Tensors;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>What tests of whole pipelines share: seeded minibatches, and comparisons to the bit.</summary>
internal static class Trial
{
    public static float[] Gaussians(ulong seed, int count)
    {
        var random = new RandomStream(seed, 0);
        var values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (float)random.NextGaussian();
        return values;
    }

    public static int[] Classes(ulong seed, int count, int classes)
    {
        var random = new RandomStream(seed, 1);
        var values = new int[count];
        for (int i = 0; i < count; i++) values[i] = random.NextInt(classes);
        return values;
    }

    public static Minibatch Classified(ulong seed, int examples, int inputs, int classes) =>
        Minibatch.FromClasses(Gaussians(seed, examples * inputs), Classes(seed, examples, classes));

    public static Minibatch Valued(ulong seed, int examples, int inputs, int outputs) =>
        new(Gaussians(seed, examples * inputs), Gaussians(seed + 1000, examples * outputs), examples);

    public static void AssertBitEqual(PipelineState expected, PipelineState actual)
    {
        Assert.Equal(expected.Step, actual.Step);
        Assert.Equal(expected.Parameters.Select(tensor => tensor.Name), actual.Parameters.Select(tensor => tensor.Name));
        Assert.Equal(expected.OptimizerState.Select(tensor => tensor.Name), actual.OptimizerState.Select(tensor => tensor.Name));
        foreach ((var left, var right) in expected.Parameters.Concat(expected.OptimizerState).Zip(actual.Parameters.Concat(actual.OptimizerState)))
        {
            Assert.Equal((left.Name, left.ElementType), (right.Name, right.ElementType));
            Assert.True(left.ToFloat64().Span.SequenceEqual(right.ToFloat64().Span), $"{left.Name} differs in its bits");
        }
    }

    public static void AssertNothingLent(Pipeline pipeline)
    {
        Assert.Equal(0, pipeline.Ledger.InUse(MemoryPurpose.Stash));
        Assert.Equal(0, pipeline.Ledger.InUse(MemoryPurpose.Workspace));
        Assert.Equal(0, pipeline.Ledger.InUse(MemoryPurpose.Transfer));
    }
}
