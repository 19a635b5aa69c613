using PipelineBackprop.Compute;
using PipelineBackprop.Planning;

namespace PipelineBackprop.Training;

/// <summary>Profiles of a model, each asked for once: by device, size of the micro-batch and stages at work, and by pair of devices. Not thread-safe.</summary>
internal sealed class ProfileStore(IProfiler profiler)
{
    private readonly Dictionary<IDevice, EngineProfile> _engines = [];
    private readonly Dictionary<(IDevice Device, int Rows, int AtOnce), ModelProfile> _models = [];
    private readonly Dictionary<(IDevice From, IDevice To, int Rows), IReadOnlyList<TransferTime>> _transfers = [];

    /// <summary>The model on the devices of a schedule, and the transfers between those that are neighbours.</summary>
    /// <param name="devices">By device of the schedule: the real one.</param>
    /// <param name="rows">Examples of a micro-batch.</param>
    /// <param name="sharing">What the devices share: stages that compute on one processor at once slow each other down.</param>
    /// <param name="cancellationToken">Stops the measuring.</param>
    public async Task<PipelineProfile> OfAsync(IDevice[] devices, int rows, DeviceSharing sharing, CancellationToken cancellationToken)
    {
        IDevice[] real = [.. devices.Distinct()];
        var models = new List<ModelProfile>();
        foreach (IDevice device in real) models.Add(await ModelAsync(device, rows, sharing.AtOnceOn(Array.IndexOf(devices, device)), cancellationToken).ConfigureAwait(false));
        var links = new List<LinkProfile>();
        foreach ((IDevice from, IDevice to) in Neighbours(devices))
            links.Add(new LinkProfile(Array.IndexOf(real, from), Array.IndexOf(real, to), await TransfersAsync(from, to, rows, cancellationToken).ConfigureAwait(false)));
        return new PipelineProfile(models, devices.Select(device => Array.IndexOf(real, device)), links);
    }

    /// <summary>Different devices that follow each other, the first behind the last: there several chunks a device go on; both ways.</summary>
    private static IEnumerable<(IDevice From, IDevice To)> Neighbours(IDevice[] devices) => devices
        .SelectMany((device, index) => new[] { (device, devices[(index + 1) % devices.Length]), (devices[(index + 1) % devices.Length], device) })
        .Where(pair => !ReferenceEquals(pair.Item1, pair.Item2)).Distinct();

    private async Task<ModelProfile> ModelAsync(IDevice device, int rows, int atOnce, CancellationToken cancellationToken)
    {
        if (_models.TryGetValue((device, rows, atOnce), out ModelProfile? model)) return model;
        if (!_engines.TryGetValue(device, out EngineProfile? engine))
            _engines.Add(device, engine = await profiler.EngineAsync(device, cancellationToken).ConfigureAwait(false));
        model = await profiler.LayersAsync(device, rows, atOnce, cancellationToken).ConfigureAwait(false) with { Engine = engine };
        _models.Add((device, rows, atOnce), model);
        return model;
    }

    private async Task<IReadOnlyList<TransferTime>> TransfersAsync(IDevice from, IDevice to, int rows, CancellationToken cancellationToken)
    {
        if (!_transfers.TryGetValue((from, to, rows), out IReadOnlyList<TransferTime>? times))
            _transfers.Add((from, to, rows), times = await profiler.TransfersAsync(from, to, rows, cancellationToken).ConfigureAwait(false));
        return times;
    }
}
