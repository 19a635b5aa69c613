using PipelineBackprop.Compute;
using PipelineBackprop.Planning;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Training;

/// <summary>
/// Bytes of a stage of any consecutive layers under any schedule, by running the layers dry once: what one micro-batch keeps, and the most that is lent
/// while one passes. Not thread-safe.
/// </summary>
internal sealed class StageFootprint(PipelineOptions options, int rows)
{
    private readonly Dictionary<(int First, int End, bool Reuses), (long Kept, long Peak, long Packed)> _known = [];

    private int ElementSize => options.ElementType.Size();

    /// <summary>The most bytes that the stage takes at once in training.</summary>
    public long Bytes(int first, int end, StageLoad load)
    {
        (long kept, long peak, long packed) = Measure(first, end, load.MicroBatches > 1);
        // Behind the last layer the gradient of the outputs waits as long as what is kept.
        if (load.IsLast)
        {
            kept += (long)rows * options.Layers[^1].Outputs * ElementSize;
            peak += (load.MicroBatches - 1) * ElementSize; // the other micro-batches' loss sums
        }
        long transfer = (long)load.WaitingOutputs * options.Layers[end - 1].Outputs;
        if (options.Layers.Take(first).Any(layer => layer.Parameters.Count > 0)) transfer += (long)load.WaitingGradients * options.Layers[first].Inputs;
        long parameters = ParameterBytes(first, end) * (2 * load.WeightVersions + options.Optimizer.StateNames.Count) + (load.WeightVersions - 1) * packed;
        return parameters + (load.Stashed - 1) * kept + peak + transfer * rows * ElementSize;
    }

    /// <summary>Bytes that the layers keep of one micro-batch.</summary>
    public long KeptBytes(int first, int end) => Measure(first, end, reusesParameters: false).Kept;

    /// <summary>Bytes of the layers' parameters.</summary>
    public long ParameterBytes(int first, int end) =>
        options.Layers.Take(end).Skip(first).Sum(layer => layer.Parameters.Sum(parameter => (long)parameter.Shape.ElementCount)) * ElementSize;

    private (long Kept, long Peak, long Packed) Measure(int first, int end, bool reusesParameters)
    {
        if (_known.TryGetValue((first, end, reusesParameters), out (long, long, long) known)) return known;
        IDevice device = options.Devices.Count == 0 ? CpuDevice.Instance : options.Devices[0];
        using var run = new LayerRun(options, first, end, rows, new DryCompute(options.ElementType, device), reusesParameters);
        // Twice: in the second round the packed weights are there from the start, as in every step but the first.
        Pass(run);
        long kept = Pass(run);
        return _known[(first, end, reusesParameters)] = (kept, run.Account.PeakTotal, run.Account.InUse(MemoryPurpose.Parameters));
    }

    private static long Pass(LayerRun run)
    {
        DeviceTensor o = run.Forward(run.Input());
        DeviceTensor? gradient = run.Turn(o);
        long kept = run.KeptBytes;
        run.BackwardInput(gradient)?.Release();
        run.BackwardParameters();
        return kept;
    }
}
