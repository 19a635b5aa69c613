using PipelineBackprop.Compute;
using PipelineBackprop.Planning;

namespace PipelineBackprop.Training;

/// <summary>Says what a model's layers, the engine and transfers take on devices.</summary>
internal interface IProfiler
{
    /// <summary>The layers on a device, for micro-batches of that many rows, while so many stages compute on it.</summary>
    Task<ModelProfile> LayersAsync(IDevice device, int rows, int atOnce, CancellationToken cancellationToken);

    /// <summary>The engine beside the layers, on a device.</summary>
    Task<EngineProfile> EngineAsync(IDevice device, CancellationToken cancellationToken);

    /// <summary>By layer: bringing its output from one device to another.</summary>
    Task<IReadOnlyList<TransferTime>> TransfersAsync(IDevice from, IDevice to, int rows, CancellationToken cancellationToken);
}
