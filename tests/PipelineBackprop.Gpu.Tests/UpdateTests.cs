using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu.Tests;

public sealed class UpdateTests
{
    public static TheoryData<SimulatedDeviceOptions> Devices => DeviceShapes.All;

    [Theory, MemberData(nameof(Devices))]
    public void SgdUpdate_EveryForm_MatchesReference(SimulatedDeviceOptions device)
    {
        using var bench = new DeviceBench(device);
        SgdStep[] forms =
        [
            new(0.1, 1, 0, 0, 0, false),
            new(0.1, 0.5, 0.3, 0, 0, false),
            new(0.05, 1, 0, 0.2, 0.9, false),
            new(0.05, 2, 0.1, 0.2, 0.9, true),
        ];
        foreach (SgdStep step in forms)
        {
            int count = bench.Length() * bench.Length();
            double[] w = bench.Values(count), v = bench.Values(count), g = bench.Values(count);
            DeviceTensor parameter = bench.Vector(w), gradient = bench.Vector(g);
            DeviceTensor? velocity = step.Momentum > 0 ? bench.Vector(v) : null;
            for (int repeat = 0; repeat < 3; repeat++)
            {
                bench.Compute.SgdUpdate(step, gradient, velocity, parameter);
                for (int i = 0; i < count; i++)
                {
                    double d = step.GradientScale * g[i] + step.CoupledDecay * w[i];
                    if (velocity is not null)
                    {
                        v[i] = step.Momentum * v[i] + d;
                        d = step.Nesterov ? d + step.Momentum * v[i] : v[i];
                    }
                    w[i] -= step.LearningRate * (d + step.DecoupledDecay * w[i]);
                }
            }
            bench.AssertClose(w, parameter);
            if (velocity is not null) bench.AssertClose(v, velocity);
            bench.AssertClose(g, gradient);
        }
    }

    [Theory, MemberData(nameof(Devices))]
    public void AdamUpdate_ManySteps_MatchesReference(SimulatedDeviceOptions device)
    {
        using var bench = new DeviceBench(device);
        foreach ((double coupled, double decoupled) in new[] { (0.0, 0.0), (0.2, 0.0), (0.0, 0.2) })
        {
            int count = bench.Length() * bench.Length();
            double[] w = bench.Values(count), m = new double[count], v = new double[count];
            DeviceTensor parameter = bench.Vector(w), mean = bench.Vector(m), variance = bench.Vector(v);
            for (int t = 1; t <= 4; t++)
            {
                var step = new AdamStep(0.01, 0.5, coupled, decoupled, 0.9, 0.999, 1e-8, t);
                double[] gradient = bench.Values(count);
                bench.Compute.AdamUpdate(step, bench.Vector(gradient), mean, variance, parameter);
                for (int i = 0; i < count; i++)
                {
                    double g = 0.5 * gradient[i] + coupled * w[i];
                    m[i] = 0.9 * m[i] + 0.1 * g;
                    v[i] = 0.999 * v[i] + 0.001 * g * g;
                    double direction = m[i] / (1 - Math.Pow(0.9, t)) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.999, t))) + 1e-8);
                    w[i] -= 0.01 * (direction + decoupled * w[i]);
                }
            }
            bench.AssertClose(w, parameter);
            bench.AssertClose(m, mean);
            bench.AssertClose(v, variance);
        }
    }
}
