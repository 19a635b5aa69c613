using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Cpu;

/// <summary>Wide vectors, narrow ones and single elements take an update the same way: how long a parameter is leaves no trace in the bits.</summary>
public sealed class UpdateKernelTests
{
    private const int Longest = 83;

    public static TheoryData<ElementType, string> Rules
    {
        get
        {
            TheoryData<ElementType, string> rules = [];
            foreach (ElementType type in Enum.GetValues<ElementType>())
                foreach (string rule in new[] { "sgd", "momentum", "nesterov", "adam" }) rules.Add(type, rule);
            return rules;
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Update_AnyLength_HasTheBitsOfItsElementsAlone(ElementType type, string rule)
    {
        double[][] alone = Alone(type, rule);
        for (int length = 1; length <= Longest; length++)
        {
            double[][] together = Updated(type, rule, first: 0, length);
            for (int tensor = 0; tensor < together.Length; tensor++) Assert.Equal(alone[tensor][..length], together[tensor]);
        }
    }

    private static double[][] Alone(ElementType type, string rule)
    {
        double[][][] each = [.. Enumerable.Range(0, Longest).Select(i => Updated(type, rule, i, 1))];
        return [.. Enumerable.Range(0, 3).Select(tensor => each.Select(one => one[tensor][0]).ToArray())];
    }

    // W, and what the rule keeps, after two updates of a piece of long tensors.
    private static double[][] Updated(ElementType type, string rule, int first, int length)
    {
        using var bench = new ComputeBench(CpuDevice.Instance, type, threads: 1);
        DeviceTensor weight = Piece(1), gradient = Piece(2), mean = Piece(3), variance = bench.Upload(new double[length]);
        for (int step = 1; step <= 2; step++)
        {
            if (rule == "adam") bench.Compute.AdamUpdate(new AdamStep(0.1, 0.5, 0.01, 0.02, 0.9, 0.99, 1e-8, step), gradient, mean, variance, weight);
            else bench.Compute.SgdUpdate(new SgdStep(0.1, 0.5, 0.01, 0.02, 0.9, rule == "nesterov"), gradient, rule == "sgd" ? null : mean, weight);
        }
        return [bench.Download(weight), bench.Download(mean), bench.Download(variance)];

        DeviceTensor Piece(ulong seed) => bench.Upload(HostArrays.Gaussian(Longest, seed)[first..(first + length)]);
    }
}
