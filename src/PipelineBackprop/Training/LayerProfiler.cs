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
    private static readonly TimeSpan s_perLayer = TimeSpan.FromMilliseconds(40);

    /// <summary>Profiles a model for micro-batches of that many rows.</summary>
    /// <param name="options">The model and its optimizer; threads and number format are the pipeline's.</param>
    /// <param name="device">The device.</param>
    /// <param name="rows">Examples of a micro-batch, at least 1.</param>
    /// <param name="cancellationToken">Stops between two layers.</param>
    /// <exception cref="InvalidInputException">Options that cannot work.</exception>
    public static async Task<ModelProfile> MeasureAsync(PipelineOptions options, IDevice device, int rows, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        PipelineOptionsValidator.Validate(options with { Stages = 1, Boundaries = null, Devices = [] });
        using var thread = new StageThread($"profile of {device.Name}");
        LayerProfile[] layers = await Task.Factory.StartNew(
            () => Measure(options, device, rows, cancellationToken), cancellationToken, TaskCreationOptions.None, thread).ConfigureAwait(false);
        return new ModelProfile(device.Name, rows, layers);
    }

    private static LayerProfile[] Measure(PipelineOptions options, IDevice device, int rows, CancellationToken cancellationToken)
    {
        using ICompute compute = device.Open(new ComputeOptions(options.ElementType, options.ThreadsPerStage));
        var footprint = new StageFootprint(options, rows);
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
        using var run = new LayerRun(options, layer, layer + 1, rows, compute);
        DeviceTensor a = run.Filled(Shape.Matrix(rows, options.Layers[layer].Outputs), MemoryPurpose.Workspace), b = run.Filled(a.Shape, MemoryPurpose.Workspace);
        var flag = new float[1];
        DeviceTensor mark = run.Filled(Shape.Vector(1), MemoryPurpose.Workspace);
        var rounds = new List<double[]>();
        bool isLast = layer == options.Layers.Count - 1;
        long began = Stopwatch.GetTimestamp();
        while (rounds.Count < LeastRounds || (rounds.Count < MostRounds && Stopwatch.GetElapsedTime(began) < s_perLayer))
        {
            DeviceTensor? value = run.Input();
            Wait();
            long[] times = [0, 0, 0, 0, 0, 0];
            times[0] = Stopwatch.GetTimestamp();
            value = run.Forward(value);
            if (isLast) value = run.Turn(value);
            times[1] = Now();
            if (!isLast) value = run.Turn(value);
            times[2] = Now();
            value = run.BackwardInput(value);
            times[3] = Now();
            run.BackwardParameters();
            times[4] = Now();
            run.Transfer(a, b);
            times[5] = Now();
            value?.Release();
            run.Update();
            long updated = Now();
            rounds.Add([.. Differences([.. times, updated])]);
        }
        foreach (DeviceTensor tensor in (ReadOnlySpan<DeviceTensor>)[a, b, mark]) tensor.Release();
        return new LayerProfile(layer, options.Layers[layer].ToString(), Median(0), Median(2), Median(3), Median(5), Median(4), 0, 0, 0);

        // What gives a value back to the host waits for everything before it.
        void Wait() => compute.Download(mark, flag);

        long Now()
        {
            Wait();
            return Stopwatch.GetTimestamp();
        }

        // The first rounds find the code cold.
        double Median(int part) => rounds.Skip(2).Select(round => round[part]).Order().ElementAt((rounds.Count - 2) / 2);
    }

    private static IEnumerable<double> Differences(long[] times)
    {
        for (int i = 1; i < times.Length; i++) yield return (times[i] - times[i - 1]) / (double)Stopwatch.Frequency;
    }
}
