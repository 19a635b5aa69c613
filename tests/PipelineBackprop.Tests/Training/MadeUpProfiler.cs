using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Planning;
using PipelineBackprop.Training;

namespace PipelineBackprop.Tests.Training;

/// <summary>F, B and W take as long as the numbers in the layers, a second a million, times what the device says of itself; the engine takes nothing. Writes down what it was asked.</summary>
internal sealed class MadeUpProfiler(PipelineOptions options) : IProfiler
{
    public PipelineOptions Options => options;

    public List<(string Device, int Rows, int AtOnce)> Measured { get; } = [];

    public List<string> Engines { get; } = [];

    public List<string> Links { get; } = [];

    public Task<ModelProfile> LayersAsync(IDevice device, int rows, int atOnce, CancellationToken cancellationToken)
    {
        Measured.Add((device.Name, rows, atOnce));
        double slowness = device is NamedDevice named ? named.Slowness : 1;
        LayerProfile[] layers =
        [
            .. options.Layers.Select((layer, index) => new LayerProfile(
                index, layer.ToString(), Seconds(layer), Seconds(layer), Seconds(layer), 1e-6, 1e-6 * rows,
                layer.Parameters.Sum(parameter => 4L * parameter.Shape.ElementCount), 0, 4L * rows * layer.Outputs)),
        ];
        return Task.FromResult(new ModelProfile(device.Name, rows, layers));

        double Seconds(Layer layer) => 1e-6 * slowness * layer.CostPerExample * rows;
    }

    public Task<EngineProfile> EngineAsync(IDevice device, CancellationToken cancellationToken)
    {
        Engines.Add(device.Name);
        return Task.FromResult(EngineProfile.None);
    }

    public Task<IReadOnlyList<TransferTime>> TransfersAsync(IDevice from, IDevice to, int rows, CancellationToken cancellationToken)
    {
        Links.Add($"{from.Name} to {to.Name}");
        return Task.FromResult<IReadOnlyList<TransferTime>>([.. options.Layers.Select(_ => new TransferTime(1e-6, 1e-6 * rows))]);
    }
}
