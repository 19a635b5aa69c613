using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>Optimizer steps, one thread a parameter.</summary>
internal static class UpdateKernels
{
    internal static void Sgd(Index1D i, ArrayView<float> gradient, ArrayView<float> velocity, ArrayView<float> parameter, SgdConstants step)
    {
        float w = parameter[i];
        float d = step.GradientScale * gradient[i] + step.CoupledDecay * w;
        if (step.HasVelocity != 0)
        {
            float v = step.Momentum * velocity[i] + d;
            velocity[i] = v;
            d = step.Nesterov != 0 ? d + step.Momentum * v : v;
        }
        parameter[i] = w - step.LearningRate * (d + step.DecoupledDecay * w);
    }

    internal static void Adam(
        Index1D i, ArrayView<float> gradient, ArrayView<float> mean, ArrayView<float> variance, ArrayView<float> parameter, AdamConstants step)
    {
        float w = parameter[i];
        float g = step.GradientScale * gradient[i] + step.CoupledDecay * w;
        float m = step.Beta1 * mean[i] + step.Keep1 * g;
        float v = step.Beta2 * variance[i] + step.Keep2 * g * g;
        mean[i] = m;
        variance[i] = v;
        float direction = m * step.Correction1 / (MathF.Sqrt(v * step.Correction2) + step.Epsilon);
        parameter[i] = w - step.LearningRate * (direction + step.DecoupledDecay * w);
    }
}
