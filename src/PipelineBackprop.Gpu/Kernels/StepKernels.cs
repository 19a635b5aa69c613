using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>What changes from step to step, read from memory instead of the launch's arguments, so that the launch is the same in every step.</summary>
internal static class StepKernels
{
    /// <summary>The numbers of an update: η, the gradient scale and Adam's corrections.</summary>
    internal const int Numbers = 4;

    private const int LearningRate = 0, GradientScale = 1, Correction1 = 2, Correction2 = 3;

    /// <summary>Writes the numbers, one thread each.</summary>
    internal static void SetNumbers(Index1D i, ArrayView<float> numbers, float learningRate, float gradientScale, float correction1, float correction2)
    {
        int which = i;
        numbers[i] = which == LearningRate ? learningRate : which == GradientScale ? gradientScale : which == Correction1 ? correction1 : correction2;
    }

    /// <summary>Writes the stream of random numbers.</summary>
    internal static void SetStream(Index1D i, ArrayView<ulong> target, ulong stream) => target[i] = stream;

    /// <summary><see cref="UpdateKernels.Sgd"/> with η and the gradient scale from memory.</summary>
    internal static void Sgd(
        Index1D i, ArrayView<float> gradient, ArrayView<float> velocity, ArrayView<float> parameter, SgdConstants step, ArrayView<float> numbers) =>
        UpdateKernels.Sgd(i, gradient, velocity, parameter, new SgdConstants(
            numbers[LearningRate], numbers[GradientScale], step.CoupledDecay, step.DecoupledDecay, step.Momentum, step.Nesterov, step.HasVelocity));

    /// <summary><see cref="UpdateKernels.Adam"/> with η, the gradient scale and the corrections from memory.</summary>
    internal static void Adam(
        Index1D i, ArrayView<float> gradient, ArrayView<float> mean, ArrayView<float> variance, ArrayView<float> parameter, AdamConstants step, ArrayView<float> numbers) =>
        UpdateKernels.Adam(i, gradient, mean, variance, parameter, new AdamConstants(
            numbers[LearningRate], numbers[GradientScale], step.CoupledDecay, step.DecoupledDecay,
            step.Beta1, step.Keep1, numbers[Correction1], step.Beta2, step.Keep2, numbers[Correction2], step.Epsilon));

    /// <summary><see cref="DropoutKernels.Apply"/> with the stream from memory.</summary>
    internal static void Dropout(Index1D i, ArrayView<float> x, ArrayView<float> y, DropoutConstants constants, ArrayView<ulong> stream) =>
        DropoutKernels.Apply(i, x, y, new DropoutConstants(constants.Key, stream[0], constants.FirstElement, constants.Threshold, constants.Scale));
}
