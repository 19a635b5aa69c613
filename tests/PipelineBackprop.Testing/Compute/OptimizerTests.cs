using PipelineBackprop.Compute;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Tensors;
using Xunit;

namespace PipelineBackprop.Testing.Compute;

/// <summary>Optimizers on a device against their rule written out for one number in float64, over several steps.</summary>
public abstract class OptimizerTests
{
    // Not a whole number of vectors, and more than one block.
    private const int Count = 4099, Steps = 5;

    /// <summary>The device under test.</summary>
    protected virtual IDevice Device => CpuDevice.Instance;

    /// <summary>Formats the device knows.</summary>
    protected virtual IReadOnlyList<ElementType> Formats => [ElementType.Float64, ElementType.Float32];

    public static TheoryData<double, bool, double, double> SgdCases => new()
    {
        { 0, false, 0, 0 },
        { 0, false, 0.05, 0 },
        { 0, false, 0, 0.05 },
        { 0.9, false, 0.05, 0 },
        { 0.9, true, 0.05, 0 },
        { 0.9, true, 0, 0.05 },
    };

    [Theory]
    [MemberData(nameof(SgdCases))]
    public void Sgd_OverSteps_FollowsItsRule(double momentum, bool nesterov, double coupled, double decoupled) => Check(
        new SgdOptimizer(0.1, momentum, nesterov),
        coupled,
        decoupled,
        (w, gradient, state, update) =>
        {
            double g = update.GradientScale * gradient + update.CoupledDecay * w;
            double direction = g;
            if (momentum > 0)
            {
                state[0] = momentum * state[0] + g;
                direction = nesterov ? g + momentum * state[0] : state[0];
            }
            return w - update.LearningRate * (direction + update.DecoupledDecay * w);
        });

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.05, 0)]
    [InlineData(0, 0.05)]
    public void Adam_OverSteps_FollowsItsRule(double coupled, double decoupled) => Check(
        new AdamOptimizer(0.01, 0.8, 0.95, 1e-6),
        coupled,
        decoupled,
        (w, gradient, state, update) =>
        {
            double g = update.GradientScale * gradient + update.CoupledDecay * w;
            state[0] = 0.8 * state[0] + 0.2 * g;
            state[1] = 0.95 * state[1] + 0.05 * g * g;
            double mean = state[0] / (1 - Math.Pow(0.8, update.Step)), variance = state[1] / (1 - Math.Pow(0.95, update.Step));
            return w - update.LearningRate * (mean / (Math.Sqrt(variance) + 1e-6) + update.DecoupledDecay * w);
        });

    private void Check(
        Optimizer optimizer, double coupled, double decoupled, Func<double, double, double[], ParameterUpdate, double> rule)
    {
        foreach (ElementType type in Formats)
        {
            using var bench = new ComputeBench(Device, type);
            double[] expected = HostArrays.Gaussian(Count, 1);
            DeviceTensor parameter = bench.Upload(expected);
            DeviceTensor[] state = [.. optimizer.StateNames.Select(_ => bench.Upload(new double[Count]))];
            double[][] states = [.. Enumerable.Range(0, Count).Select(_ => new double[optimizer.StateNames.Count])];
            for (int step = 1; step <= Steps; step++)
            {
                double[] gradient = HostArrays.Gaussian(Count, 10 + (ulong)step);
                var update = new ParameterUpdate(step, optimizer.LearningRate / step, 0.7, coupled, decoupled);
                optimizer.Update(bench.Compute, update, bench.Upload(gradient), state, parameter);
                for (int i = 0; i < Count; i++) expected[i] = rule(expected[i], gradient[i], states[i], update);
            }
            Close.InNorm(expected, bench.Download(parameter), type == ElementType.Float64 ? 1e-14 : 1e-6, $"{optimizer.Kind} in {type}");
        }
    }
}
