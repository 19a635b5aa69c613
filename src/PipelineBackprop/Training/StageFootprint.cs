using PipelineBackprop.Compute;
using PipelineBackprop.Planning;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Training;

/// <summary>
/// Bytes of a stage of any consecutive layers on a device under any schedule, by running the layers dry once: what one micro-batch keeps, and the most that is lent
/// while each of its actions runs. Each stage is given the scratch that it would need alone, so stages that share a device are
/// given more than they take. Not thread-safe.
/// </summary>
internal sealed class StageFootprint(PipelineOptions options, IDevice device, int rows)
{
    private readonly Dictionary<(int First, int End, bool Reuses), Measures> _known = [];

    private int ElementSize => options.ElementType.Size();

    /// <summary>The most bytes that the stage takes at once in training.</summary>
    public long Bytes(int first, int end, StageLoad load)
    {
        Measures measured = Measure(first, end, load.MicroBatches > 1);
        // The first stage finds its inputs in the minibatch, which the host keeps.
        long input = first == 0 ? 0 : RowBytes(options.Layers[first].Inputs), turned = load.IsLast ? RowBytes(options.Layers[^1].Outputs) : 0;
        long activations = load.States.Max(state =>
            state.Inputs * input + state.Activations * measured.Kept + state.Between * measured.KeptBetween + state.Turned * turned + measured.Peaks[(int)state.Running + (state.IsRecomputed ? ActionKindExtensions.Count : 0)]);
        // The other micro-batches' loss sums.
        if (load.IsLast) activations += (load.MicroBatches - 1) * ElementSize;
        long transfer = load.WaitingOutputs * RowBytes(options.Layers[end - 1].Outputs);
        if (options.Layers.Take(first).Any(layer => layer.Parameters.Count > 0)) transfer += load.WaitingGradients * RowBytes(options.Layers[first].Inputs);
        long parameters = ParameterBytes(first, end) * (2 * load.WeightVersions + options.Optimizer.StateNames.Count) + (load.WeightVersions - 1) * measured.Packed;
        return parameters + activations + transfer + measured.Scratch;
    }

    /// <summary>Bytes that the layers keep of one micro-batch.</summary>
    public long KeptBytes(int first, int end) => Measure(first, end, reusesParameters: false).Kept;

    /// <summary>Bytes of the layers' parameters.</summary>
    public long ParameterBytes(int first, int end) =>
        options.Layers.Take(end).Skip(first).Sum(layer => layer.Parameters.Sum(parameter => (long)parameter.Shape.ElementCount)) * ElementSize;

    private long RowBytes(int width) => (long)rows * width * ElementSize;

    private Measures Measure(int first, int end, bool reusesParameters)
    {
        if (_known.TryGetValue((first, end, reusesParameters), out Measures? known)) return known;
        var compute = new DryCompute(options.ComputeOptions, device);
        using var run = new LayerRun(options, first, end, rows, compute, reusesParameters);
        var peaks = new long[2 * ActionKindExtensions.Count];
        // Twice: in the second round the packed weights are there from the start, as in every step but the first.
        Pass(run, peaks);
        (long kept, long between) = Pass(run, peaks);
        RecomputedPass(run, peaks.AsSpan(ActionKindExtensions.Count), hasInput: first > 0);
        run.Update();
        return _known[(first, end, reusesParameters)] = new Measures(kept, between, run.Account.InUse(MemoryPurpose.Parameters), compute.ScratchBytes, peaks);
    }

    private static (long Kept, long Between) Pass(LayerRun run, Span<long> peaks)
    {
        run.Account.ForgetPeaks();
        DeviceTensor value = run.Forward(run.Input());
        if (run.IsLast) value = run.Turn(value);
        peaks[(int)ActionKind.Forward] = run.Account.PeakTotal;
        // Elsewhere the output goes its way, and a gradient comes in with B.
        if (!run.IsLast) value = run.Turn(value);
        long kept = run.KeptBytes;
        run.Account.ForgetPeaks();
        return (kept, Backward(run, value, peaks));
    }

    private static void RecomputedPass(LayerRun run, Span<long> peaks, bool hasInput)
    {
        run.Account.ForgetPeaks();
        DeviceTensor input = run.Input();
        DeviceTensor? kept = hasInput ? input.Retain() : null;
        DeviceTensor value = run.Forward(input, drops: true);
        if (run.IsLast) value = run.Turn(value);
        peaks[(int)ActionKind.Forward] = run.Account.PeakTotal;
        if (!run.IsLast) value.Release();
        run.Account.ForgetPeaks();
        DeviceTensor again = run.Forward(kept ?? run.Input());
        if (run.IsLast) again.Release();
        else value = run.Turn(again);
        Backward(run, value, peaks);
    }

    /// <summary>Runs B and W; what is held between them.</summary>
    private static long Backward(LayerRun run, DeviceTensor gradient, Span<long> peaks)
    {
        run.BackwardInput(gradient)?.Release();
        peaks[(int)ActionKind.InputGradient] = run.Account.PeakTotal;
        long between = run.HeldBytes;
        run.Account.ForgetPeaks();
        run.BackwardParameters(completes: true);
        peaks[(int)ActionKind.WeightGradient] = run.Account.PeakTotal;
        return between;
    }

    /// <param name="Kept">Bytes kept of a micro-batch from F to B.</param>
    /// <param name="KeptBetween">Bytes kept of it from B to W.</param>
    /// <param name="Packed">Bytes of packed weights.</param>
    /// <param name="Scratch">Bytes that the device then holds beside tensors.</param>
    /// <param name="Peaks">The most bytes lent for a micro-batch's own F, B and W, and for those of one that is recomputed.</param>
    private sealed record Measures(long Kept, long KeptBetween, long Packed, long Scratch, long[] Peaks);
}
