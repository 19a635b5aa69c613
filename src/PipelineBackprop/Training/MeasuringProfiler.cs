using PipelineBackprop.Compute;
using PipelineBackprop.Planning;

namespace PipelineBackprop.Training;

/// <summary>Measures on the devices themselves.</summary>
internal sealed class MeasuringProfiler(PipelineOptions options) : IProfiler
{
    public Task<ModelProfile> LayersAsync(IDevice device, int rows, int atOnce, CancellationToken cancellationToken) =>
        LayerProfiler.MeasureAsync(options, device, rows, atOnce, cancellationToken);

    public Task<EngineProfile> EngineAsync(IDevice device, CancellationToken cancellationToken) => EngineProfiler.MeasureAsync(options, device, cancellationToken);

    public Task<IReadOnlyList<TransferTime>> TransfersAsync(IDevice from, IDevice to, int rows, CancellationToken cancellationToken) =>
        TransferProfiler.MeasureAsync(options, from, to, rows, cancellationToken);
}
