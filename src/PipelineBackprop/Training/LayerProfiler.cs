using System.Diagnostics;
using PipelineBackprop.Compute;
using PipelineBackprop.Planning;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Training;

/// <summary>
/// Measures what every layer takes on a device, one layer at a time on the device's own thread: F, B, W, the optimizer's step and the transfer of its
/// output. Layers that print the same are measured once.
/// </summary>
public static class LayerProfiler
{
    private const int LeastRounds = 7, MostRounds = 200;
    private const int MostOtherElements = 1 << 22; // more than the caches of one core hold
    private static readonly TimeSpan s_perLayer = TimeSpan.FromMilliseconds(40);

    /// <summary>Profiles a model for micro-batches of that many rows.</summary>
    /// <param name="options">The model and its optimizer; threads and number format are the pipeline's.</param>
    /// <param name="device">The device.</param>
    /// <param name="rows">Examples of a micro-batch, at least 1.</param>
    /// <param name="cancellationToken">Stops between two layers.</param>
    /// <exception cref="InvalidInputException">Options that cannot work.</exception>
    public static Task<ModelProfile> MeasureAsync(PipelineOptions options, IDevice device, int rows, CancellationToken cancellationToken = default) =>
        MeasureAsync(options, device, rows, atOnce: 1, cancellationToken);

    /// <summary>Profiles a model on a processor whose other cores work too.</summary>
    /// <param name="options">The model and its optimizer; threads and number format are the pipeline's.</param>
    /// <param name="device">The device.</param>
    /// <param name="rows">Examples of a micro-batch, at least 1.</param>
    /// <param name="atOnce">Stages that compute on the device at the same time, the measured one among them; at least 1.</param>
    /// <param name="cancellationToken">Stops between two layers.</param>
    /// <exception cref="InvalidInputException">Options that cannot work.</exception>
    public static async Task<ModelProfile> MeasureAsync(PipelineOptions options, IDevice device, int rows, int atOnce, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(atOnce, 1);
        PipelineOptionsValidator.Validate(options with { Stages = 1, Boundaries = null, Devices = [] });
        using var thread = new StageThread($"profile of {device.Name}");
        var neighbours = new BusyNeighbours(options, device, rows, atOnce - 1);
        await using (neighbours.ConfigureAwait(false))
        {
            LayerProfile[] layers = await Task.Factory.StartNew(
                () => Measure(options, device, rows, cancellationToken), cancellationToken, TaskCreationOptions.None, thread).ConfigureAwait(false);
            return new ModelProfile(device.Name, rows, layers);
        }
    }

    private static LayerProfile[] Measure(PipelineOptions options, IDevice device, int rows, CancellationToken cancellationToken)
    {
        using ICompute compute = device.Open(options.ComputeOptions);
        var footprint = new StageFootprint(options, device, rows);
        var known = new Dictionary<(string, bool, bool), LayerProfile>();
        var profiles = new LayerProfile[options.Layers.Count];
        for (int layer = 0; layer < profiles.Length; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string name = options.Layers[layer].ToString();
            bool needs = options.Layers.Take(layer).Any(before => before.Parameters.Count > 0), isLast = layer == profiles.Length - 1;
            if (!known.TryGetValue((name, needs, isLast), out LayerProfile? profile))
                known.Add((name, needs, isLast), profile = MeasureOne(options, compute, layer, rows));
            long before = layer == 0 ? 0 : footprint.KeptBytes(0, layer);
            profiles[layer] = profile with
            {
                Layer = layer,
                KeptBytes = footprint.KeptBytes(0, layer + 1) - before,
                ParameterBytes = footprint.ParameterBytes(layer, layer + 1),
                OutputBytes = (long)rows * options.Layers[layer].Outputs * options.ElementType.Size(),
            };
        }
        return profiles;
    }

    private static LayerProfile MeasureOne(PipelineOptions options, ICompute compute, int layer, int rows)
    {
        using var run = new LayerRun(options, layer, layer + 1, rows, compute, reusesParameters: true);
        DeviceTensor a = run.Filled(Shape.Matrix(rows, options.Layers[layer].Outputs), MemoryPurpose.Workspace), b = run.Filled(a.Shape, MemoryPurpose.Workspace);
        var flag = new float[1];
        // The first layer's input comes from the host.
        float[] host = layer == 0 ? new float[checked(rows * options.Layers[0].Inputs)] : [];
        DeviceTensor others = run.Filled(Shape.Vector(ElementsOfOthers(options, layer, copies: 1)), MemoryPurpose.Workspace);
        // An update passes through weights, gradients and states, and the actions before it through two packings.
        DeviceTensor updated = run.Filled(Shape.Vector(ElementsOfOthers(options, layer, copies: 4 + options.Optimizer.StateNames.Count)), MemoryPurpose.Workspace);
        DeviceTensor mark = run.Filled(Shape.Vector(1), MemoryPurpose.Workspace);
        var rounds = new List<double[]>();
        bool isLast = layer == options.Layers.Count - 1;
        long began = Stopwatch.GetTimestamp();
        while (rounds.Count < LeastRounds || (rounds.Count < MostRounds && Stopwatch.GetElapsedTime(began) < s_perLayer))
        {
            // The first micro-batch behind an update finds the weights in no order of the device's own.
            double upload = 0, loss = 0;
            (double firstForward, double firstInputGradient, _) = Actions(accumulates: false);
            (double forward, double inputGradient, double weightGradient) = Actions(accumulates: true);
            rounds.Add([forward, inputGradient, weightGradient, Time(run.Update, updated), Time(() => run.Transfer(a, b)), upload, loss, firstForward - forward, firstInputGradient - inputGradient]);

            (double Forward, double InputGradient, double WeightGradient) Actions(bool accumulates)
            {
                DeviceTensor value = run.Input();
                upload = host.Length == 0 ? 0 : Time(() => compute.Upload(host, value));
                // The first of a step come behind an update.
                DeviceTensor between = accumulates ? others : updated;
                double forward = Time(() => value = run.Forward(value), between), turn = Time(() => value = run.Turn(value));
                loss = isLast ? turn : 0;
                double inputGradient = Time(() => value = run.BackwardInput(value)!, between), weightGradient = Time(() => run.BackwardParameters(accumulates));
                value?.Release();
                return (forward + loss, inputGradient, weightGradient);
            }
        }
        foreach (DeviceTensor tensor in (ReadOnlySpan<DeviceTensor>)[a, b, mark, others, updated]) tensor.Release();
        return new LayerProfile(layer, options.Layers[layer].ToString(), Median(0), Median(1), Median(2), Median(3), Median(4), 0, 0, 0)
        {
            Upload = Median(5),
            Loss = Median(6),
            FirstForward = Math.Max(0, Median(7)),
            FirstInputGradient = Math.Max(0, Median(8)),
        };

        // What gives a value back to the host waits for everything before it.
        void Wait() => compute.Download(mark, flag);

        double Time(Action action, DeviceTensor? between = null)
        {
            // In a step the other layers pass through the caches before this one has its turn again.
            compute.Fill(between ?? others, 0);
            Wait();
            long start = Stopwatch.GetTimestamp();
            action();
            Wait();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        // The first rounds find the code cold.
        double Median(int part) => rounds.Skip(2).Select(round => round[part]).Order().ElementAt((rounds.Count - 2) / 2);
    }

    private static int ElementsOfOthers(PipelineOptions options, int layer, int copies)
    {
        long elements = options.Layers.Where((_, index) => index != layer).Sum(other => other.Parameters.Sum(parameter => (long)parameter.Shape.ElementCount));
        return (int)Math.Min(copies * elements, MostOtherElements);
    }
}
