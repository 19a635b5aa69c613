using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Training;

/// <summary>
/// Builds a pipeline layer by layer, each as wide as the one before gives. Not thread-safe; can be used again after
/// <see cref="BuildAsync"/>, the layers being immutable.
/// </summary>
public sealed class PipelineBuilder
{
    private readonly List<Layer> _layers = [];
    private readonly int _inputs;
    private PipelineOptions _options = new() { Layers = [] };

    /// <summary>Starts a network whose input rows have that width, at least 1.</summary>
    public PipelineBuilder(int inputs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        _inputs = inputs;
    }

    /// <summary>Width of the last layer so far: what the next one takes.</summary>
    public int Width => _layers.Count == 0 ? _inputs : _layers[^1].Outputs;

    /// <summary>Adds a layer of any kind.</summary>
    public PipelineBuilder Add(Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (layer.Inputs != Width)
            throw new InvalidInputException($"layer {_layers.Count} ({layer}) expects {layer.Inputs} inputs, got {Width}.");
        _layers.Add(layer);
        return this;
    }

    /// <summary>Adds a fully connected layer.</summary>
    public PipelineBuilder Dense(int outputs, Activation activation = default, bool bias = true, Initializer? initializer = null) =>
        Add(new DenseLayer(Width, outputs, activation, bias, initializer));

    /// <summary>Adds dropout: in training each number is dropped with probability <paramref name="rate"/>.</summary>
    public PipelineBuilder Dropout(double rate) => Add(new DropoutLayer(Width, rate));

    /// <summary>Adds layer normalisation.</summary>
    public PipelineBuilder LayerNormalization() => Add(new LayerNormalizationLayer(Width));

    /// <summary>Sets the loss.</summary>
    public PipelineBuilder Loss(Loss loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        return With(options => options with { Loss = loss });
    }

    /// <summary>Sets the optimizer.</summary>
    public PipelineBuilder Optimizer(Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        return With(options => options with { Optimizer = optimizer });
    }

    /// <summary>Sets coupled L2 weight decay λ, the chapter's J = L + λ/2 Σ‖W‖².</summary>
    public PipelineBuilder WeightDecay(double lambda) => With(options => options with { WeightDecay = new WeightDecay(lambda) });

    /// <summary>Turns dynamic loss scaling on.</summary>
    public PipelineBuilder LossScaling(LossScaling? scaling = null) => With(options => options with { LossScaling = scaling ?? new LossScaling() });

    /// <summary>Sets the number of stages, or of devices where the schedule puts several stages on each.</summary>
    public PipelineBuilder Stages(int stages) => With(options => options with { Stages = stages });

    /// <summary>Sets the number of stages on each device, for schedules that leave the choice.</summary>
    public PipelineBuilder Chunks(int chunks) => With(options => options with { Chunks = chunks });

    /// <summary>Sets the number of micro-batches of a minibatch.</summary>
    public PipelineBuilder MicroBatches(int microBatches) => With(options => options with { MicroBatches = microBatches });

    /// <summary>Sets the schedule: <c>1f1b</c>, <c>zb-v</c> and so on; <see cref="Schedules.ScheduleCatalog.Names"/> has them all.</summary>
    public PipelineBuilder Schedule(string schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        return With(options => options with { Schedule = schedule });
    }

    /// <summary>Drops activations behind F and computes them again before B: for all stages or one value a stage.</summary>
    public PipelineBuilder Recomputation(params Recomputation[] recomputation)
    {
        ArgumentNullException.ThrowIfNull(recomputation);
        return With(options => options with { Recomputation = [.. recomputation] });
    }

    /// <summary>Pins the stages to devices: one for all, or one for each that the schedule asks for.</summary>
    public PipelineBuilder Devices(params IDevice[] devices)
    {
        ArgumentNullException.ThrowIfNull(devices);
        return With(options => options with { Devices = [.. devices] });
    }

    /// <summary>Sets what the pipeline is called in telemetry.</summary>
    public PipelineBuilder Name(string name) => With(options => options with { Name = name });

    /// <summary>Sets the seed of parameters and dropout.</summary>
    public PipelineBuilder Seed(ulong seed) => With(options => options with { Seed = seed });

    /// <summary>Changes any option; <see cref="PipelineOptions.Layers"/> is set by the builder.</summary>
    public PipelineBuilder With(Func<PipelineOptions, PipelineOptions> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        _options = change(_options) ?? throw new ArgumentException("The change gave null for the options; it must give options.", nameof(change));
        return this;
    }

    /// <summary>Checks everything, opens the devices and draws the first parameters.</summary>
    /// <exception cref="InvalidInputException">Something does not fit, in one sentence.</exception>
    public Task<Pipeline> BuildAsync(CancellationToken cancellationToken = default) =>
        Pipeline.CreateAsync(_options with { Layers = [.. _layers] }, cancellationToken);
}
