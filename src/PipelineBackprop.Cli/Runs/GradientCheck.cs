using System.Globalization;
using PipelineBackprop.Compute;
using PipelineBackprop.Configuration;
using PipelineBackprop.Data;
using PipelineBackprop.Randomness;
using PipelineBackprop.Tensors;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Runs;

/// <summary>
/// Compares ∂J/∂θ of a run file's pipeline with (J(θ + h) − J(θ − h)) / 2h in float64, on the CPU whatever the run file says. Dropout keeps one mask.
/// </summary>
internal static class GradientCheck
{
    private static readonly double[] s_steps = [1e-5, 1e-6];
    private const double Fine = 1e-7;
    private const ulong Stream = 0x47524144; // "GRAD"

    /// <summary>The worst of the entries checked of every parameter.</summary>
    public static async Task<IReadOnlyList<GradientError>> RunAsync(RunFile run, RunData data, int examples, int entries, CancellationToken cancellationToken)
    {
        PipelineOptions options = RunModel.CreateOptions(run, data.Description, _ => CpuDevice.Instance) with { ElementType = ElementType.Float64 };
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, cancellationToken);
        Dataset part = data.Train.Slice(0, Math.Min(examples, data.Train.Count));
        var minibatch = new Minibatch(part.Inputs, part.Targets, part.Count);
        IReadOnlyList<ParameterValues> parameters = await pipeline.ReadParametersAsync(cancellationToken);
        IReadOnlyList<ParameterValues> gradients = (await pipeline.ComputeGradientsAsync(minibatch, cancellationToken)).Gradients;
        double noise = Math.Max(1e-8, gradients.Max(gradient => gradient.Values.Max(Math.Abs)) * 1e-3);
        var random = new RandomStream(run.Seed, Stream);
        var errors = new List<GradientError>();
        foreach (ParameterValues parameter in parameters)
        {
            double[] gradient = gradients.Single(candidate => candidate.Name == parameter.Name).Values;
            double floor = Math.Max(gradient.Max(Math.Abs) * 1e-2, noise);
            int[] chosen = Choose(parameter.Values.Length, entries, random);
            GradientError? worst = null;
            foreach (int entry in chosen)
            {
                (double difference, double error) = await CompareAsync(pipeline, parameter, entry, gradient[entry], floor, minibatch, cancellationToken);
                if (worst is null || !(error <= worst.RelativeError))
                    worst = new GradientError(parameter.Name, chosen.Length, error, Place(parameter.Shape, entry), gradient[entry], difference);
            }
            errors.Add(worst!);
        }
        return errors;
    }

    // The second, smaller step is for a kink (relu at 0) that lies within the first.
    private static async Task<(double Difference, double Error)> CompareAsync(
        Pipeline pipeline, ParameterValues parameter, int entry, double gradient, double floor, Minibatch minibatch, CancellationToken cancellationToken)
    {
        (double Difference, double Error) best = (double.NaN, double.PositiveInfinity);
        foreach (double step in s_steps)
        {
            double difference = await DifferenceAsync(pipeline, parameter, entry, step, minibatch, cancellationToken);
            double error = Math.Abs(gradient - difference) / Math.Max(floor, Math.Max(Math.Abs(gradient), Math.Abs(difference)));
            if (double.IsNaN(best.Difference) || error < best.Error) best = (difference, error);
            if (error < Fine) break;
        }
        return best;
    }

    private static async Task<double> DifferenceAsync(
        Pipeline pipeline, ParameterValues parameter, int entry, double relativeStep, Minibatch minibatch, CancellationToken cancellationToken)
    {
        double start = parameter.Values[entry], step = relativeStep * Math.Max(1, Math.Abs(start));
        double above = await At(start + step), below = await At(start - step);
        parameter.Values[entry] = start;
        await pipeline.WriteParametersAsync([parameter], cancellationToken);
        return (above - below) / (2 * step);

        async Task<double> At(double value)
        {
            parameter.Values[entry] = value;
            await pipeline.WriteParametersAsync([parameter], cancellationToken);
            return (await pipeline.ComputeGradientsAsync(minibatch, cancellationToken)).Objective;
        }
    }

    // All entries of a small parameter, else some drawn without repetition.
    private static int[] Choose(int length, int entries, RandomStream random)
    {
        if (length <= entries) return [.. Enumerable.Range(0, length)];
        var chosen = new SortedSet<int>();
        while (chosen.Count < entries) chosen.Add(random.NextInt(length));
        return [.. chosen];
    }

    private static string Place(Shape shape, int entry) => shape.Rank == 1
        ? string.Create(CultureInfo.InvariantCulture, $"[{entry}]")
        : string.Create(CultureInfo.InvariantCulture, $"[{entry / shape.Columns}, {entry % shape.Columns}]");
}
