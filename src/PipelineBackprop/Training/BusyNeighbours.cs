using PipelineBackprop.Compute;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Training;

/// <summary>
/// Other stages on the same processor, for the time of a measurement: each works through the model over and over on a thread of its own, because cores that share
/// caches and memory are slower together than alone.
/// </summary>
internal sealed class BusyNeighbours : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _tasks;

    /// <param name="options">The model.</param>
    /// <param name="device">The processor.</param>
    /// <param name="rows">Examples of a micro-batch.</param>
    /// <param name="count">How many.</param>
    public BusyNeighbours(PipelineOptions options, IDevice device, int rows, int count) =>
        _tasks = [.. Enumerable.Range(0, count).Select(_ => RunAsync(options, device, rows, _stop.Token))];

    /// <summary>Ends their work and waits for it.</summary>
    /// <exception cref="Exception">What one of them failed by.</exception>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_tasks).ConfigureAwait(false);
        _stop.Dispose();
    }

    private static async Task RunAsync(PipelineOptions options, IDevice device, int rows, CancellationToken stop)
    {
        using var thread = new StageThread($"neighbour on {device.Name}");
        await Task.Factory.StartNew(() => Work(options, device, rows, stop), CancellationToken.None, TaskCreationOptions.None, thread).ConfigureAwait(false);
    }

    private static void Work(PipelineOptions options, IDevice device, int rows, CancellationToken stop)
    {
        using ICompute compute = device.Open(options.ComputeOptions);
        using var run = new LayerRun(options, 0, options.Layers.Count, rows, compute, reusesParameters: true);
        while (!stop.IsCancellationRequested)
        {
            DeviceTensor? gradient = run.BackwardInput(run.Turn(run.Forward(run.Input())));
            run.BackwardParameters(accumulates: true);
            gradient?.Release();
        }
    }
}
