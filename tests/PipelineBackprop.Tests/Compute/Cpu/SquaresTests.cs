using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Cpu;

/// <summary>Sums of squares are the same to the last bit on every machine and however they came about: a resumed run reports the losses of one that was not stopped.</summary>
public sealed class SquaresTests
{
    private const int Block = 4096, Lanes = 8;

    public static TheoryData<ElementType, int> Lengths
    {
        get
        {
            TheoryData<ElementType, int> lengths = [];
            foreach (ElementType type in Enum.GetValues<ElementType>())
                foreach (int length in new[] { 1, 7, 8, 15, 16, 17, 31, 32, 33, 100, 4095, 4096, 4097, 4112, 10_007 }) lengths.Add(type, length);
            return lengths;
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void SumOfSquares_OnThisMachine_HasTheBitsOfTheSameSumsOneByOne(ElementType type, int length)
    {
        using var bench = new ComputeBench(CpuDevice.Instance, type);
        DeviceTensor x = bench.Upload(HostArrays.Gaussian(length, 5));
        Assert.Equal(OneByOne(bench.Download(x), type), bench.Compute.SumOfSquares(x));
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void SumOfSquares_OfWhatAnUpdateLeft_HasTheBitsOfASumOfItsOwn(ElementType type, int length)
    {
        using var bench = new ComputeBench(CpuDevice.Instance, type);
        DeviceTensor weight = bench.Upload(HostArrays.Gaussian(length, 1)), gradient = bench.Upload(HostArrays.Gaussian(length, 2));
        DeviceTensor mean = bench.Upload(new double[length]), variance = bench.Upload(new double[length]);
        bench.Compute.SgdUpdate(new SgdStep(0.1, 0.5, 0.01, 0.02, 0, false), gradient, null, weight);
        AssertAsComputedAnew();
        bench.Compute.SgdUpdate(new SgdStep(0.1, 0.5, 0.01, 0.02, 0.9, true), gradient, mean, weight);
        AssertAsComputedAnew();
        bench.Compute.AdamUpdate(new AdamStep(0.1, 0.5, 0.01, 0.02, 0.9, 0.99, 1e-8, 1), gradient, mean, variance, weight);
        AssertAsComputedAnew();

        // An uploaded tensor knows no sum yet.
        void AssertAsComputedAnew() => Assert.Equal(bench.Compute.SumOfSquares(bench.Upload(bench.Download(weight))), bench.Compute.SumOfSquares(weight));
    }

    // Four sums of eight lanes in float32 and two in float64 for each block of 4,096 elements; what fills no round of them is summed apart.
    private static double OneByOne(double[] x, ElementType type)
    {
        int round = type == ElementType.Float32 ? 4 * Lanes : 2 * Lanes;
        double sum = 0;
        foreach (double[] block in x.Chunk(Block))
        {
            int whole = block.Length - block.Length % round;
            double own = Round(block[..whole], round);
            if (whole < block.Length) own += Round(block[whole..], round);
            sum += own;
        }
        return sum;
    }

    private static double Round(double[] x, int round)
    {
        double[] sums = new double[4 * Lanes];
        for (int i = 0; i < x.Length; i++) sums[i % round] += x[i] * x[i];
        double[] eight = [.. Enumerable.Range(0, Lanes).Select(lane => sums[lane] + sums[Lanes + lane] + (sums[2 * Lanes + lane] + sums[3 * Lanes + lane]))];
        double[] four = [.. Enumerable.Range(0, 4).Select(lane => eight[lane] + eight[4 + lane])];
        return four[0] + four[2] + (four[1] + four[3]);
    }
}
