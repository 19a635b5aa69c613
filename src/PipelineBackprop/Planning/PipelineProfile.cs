namespace PipelineBackprop.Planning;

/// <summary>The profiles of a model on every device of a schedule, and of the transfers between them. Immutable.</summary>
public sealed class PipelineProfile
{
    private readonly int[] _modelOfDevice;
    private readonly Dictionary<(int From, int To), LinkProfile> _links;

    /// <param name="models">The model on each real device, at least one; all of the same layers and rows.</param>
    /// <param name="modelOfDevice">By device of the schedule: which of them it is.</param>
    /// <param name="links">Transfers between different devices, as far as stages on them are neighbours.</param>
    public PipelineProfile(IReadOnlyList<ModelProfile> models, IEnumerable<int> modelOfDevice, IReadOnlyList<LinkProfile> links)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(links);
        (Models, Links) = (models, links);
        _modelOfDevice = [.. modelOfDevice];
        _links = links.ToDictionary(link => (link.From, link.To));
    }

    /// <summary>The model on each real device.</summary>
    public IReadOnlyList<ModelProfile> Models { get; }

    /// <summary>Transfers between different devices.</summary>
    public IReadOnlyList<LinkProfile> Links { get; }

    /// <summary>How many layers the model has.</summary>
    public int LayerCount => Models[0].Layers.Count;

    /// <summary>Any number of devices, all like the one measured.</summary>
    public static PipelineProfile Uniform(ModelProfile model) => new([model], [], []);

    /// <summary>The model on a device of the schedule.</summary>
    public ModelProfile Of(int device) => Models[IndexOf(device)];

    /// <summary>Bringing a layer's output from one device of the schedule to another.</summary>
    /// <exception cref="InvalidOperationException">Transfers between them were not measured.</exception>
    public TransferTime Transfer(int layer, int from, int to)
    {
        (int From, int To) pair = (IndexOf(from), IndexOf(to));
        // Stages on one device hand their tensors over as they are, and the receiver copies.
        if (pair.From == pair.To) return new TransferTime(0, Models[pair.To].Layers[layer].Transfer);
        return _links.TryGetValue(pair, out LinkProfile? link)
            ? link.Outputs[layer]
            : throw new InvalidOperationException($"Transfers from {Models[pair.From].Device} to {Models[pair.To].Device} were not measured.");
    }

    /// <summary>Whether any layer before this one has parameters, so that a gradient passes its input.</summary>
    public bool NeedsGradientBefore(int layer) => Models[0].Layers.Take(layer).Any(before => before.ParameterBytes > 0);

    private int IndexOf(int device) => Models.Count == 1 ? 0 : _modelOfDevice[device];
}
