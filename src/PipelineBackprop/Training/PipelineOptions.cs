using PipelineBackprop.Compute;
using PipelineBackprop.Compute.Threading;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Training;

/// <summary>What a pipeline is built from. Immutable; checked once, by <see cref="Pipeline.CreateAsync"/>, which copies the lists.</summary>
public sealed record PipelineOptions
{
    /// <summary>What the pipeline is called in telemetry, as the tag <c>pipeline</c>; null (default) for a process that has but one.</summary>
    public string? Name { get; init; }

    /// <summary>The layers in order; at least one, each as wide as the one before gives.</summary>
    public required IReadOnlyList<Layer> Layers { get; init; }

    /// <summary>The loss on the last layer's outputs; default softmax cross-entropy.</summary>
    public Loss Loss { get; init; } = new SoftmaxCrossEntropyLoss();

    /// <summary>The optimizer; default SGD with η = 0.1.</summary>
    public Optimizer Optimizer { get; init; } = new SgdOptimizer();

    /// <summary>Weight decay; default none.</summary>
    public WeightDecay WeightDecay { get; init; } = WeightDecay.None;

    /// <summary>Largest global norm of ∂L/∂θ, positive and finite; null (default) does not clip.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>Dynamic loss scaling; null (default) scales nothing, and gradients that are not finite are a fault.</summary>
    public LossScaling? LossScaling { get; init; }

    /// <summary>
    /// Devices of the schedule, each with a thread of its own; with one chunk a device, as most schedules have, also the number of stages. 1 to the number of
    /// layers; default 1.
    /// </summary>
    public int Stages { get; init; } = 1;

    /// <summary>
    /// Stages on each device, at least 1, where the schedule leaves the choice: the layers are then split over as many times <see cref="Stages"/>. Null (default)
    /// for what the schedule has when nothing is said.
    /// </summary>
    public int? Chunks { get; init; }

    /// <summary>Index of each stage's first layer, chunk after chunk, beginning with 0; null (default) balances the stages by multiply-adds.</summary>
    public IReadOnlyList<int>? Boundaries { get; init; }

    /// <summary>Micro-batches a minibatch is cut into, at least 1; default 1. A minibatch of fewer examples is cut into as many.</summary>
    public int MicroBatches { get; init; } = 1;

    /// <summary>Name of a schedule in <see cref="ScheduleCatalog"/>; default <c>1f1b</c>.</summary>
    public string Schedule { get; init; } = "1f1b";

    /// <summary>A schedule written for exactly these devices and micro-batches, which replaces <see cref="Schedule"/>; default null.
    /// A minibatch of fewer examples leaves the last micro-batches out.</summary>
    public PipelineSchedule? WrittenSchedule { get; init; }

    /// <summary>
    /// Whether activations are dropped behind F and computed again before B, which takes less memory and more time, and changes no bit; one value for all
    /// stages or one a stage; empty (default) never.
    /// </summary>
    public IReadOnlyList<Recomputation> Recomputation { get; init; } = [];

    /// <summary>Threads that the stages of one device divide their products over, 1 to 1024; default 1.</summary>
    public int ThreadsPerStage { get; init; } = 1;

    /// <summary>
    /// Whether a stage's thread, while it waits, helps other stages on the processor with what they have under way, where all stages' threads are no more than the
    /// cores; no number changes, and a plan does not count on it. Default true.
    /// </summary>
    public bool HelpOtherStages { get; init; } = true;

    /// <summary>
    /// One device for all stages, or one for each of <see cref="Stages"/>; empty (default) is the CPU. An <see cref="IDeviceChooser"/> is asked for the devices before any is opened.
    /// </summary>
    public IReadOnlyList<IDevice> Devices { get; init; } = [];

    /// <summary>The number format; default float32.</summary>
    public ElementType ElementType { get; init; } = ElementType.Float32;

    /// <summary>Whether the pipeline only predicts and evaluates: it then has no gradients and no optimizer state, and cannot train. Default false.</summary>
    public bool InferenceOnly { get; init; }

    /// <summary>The least precision that devices may round the inputs of products to; default float32.</summary>
    public ProductPrecision Precision { get; init; } = ProductPrecision.Float32;

    /// <summary>Whether devices record the launches that come again in every step and start them together, which changes no bit; default where the driver can.</summary>
    public LaunchReplay Replay { get; init; }

    /// <summary>Seed of first parameters and dropout; default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>How long an action may take, or nothing may happen, before the pass fails; 50 ms to 1 day, default 60 s.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>When results are looked at for NaN and infinity; default once a step.</summary>
    public NonFiniteCheck NonFiniteCheck { get; init; } = NonFiniteCheck.Step;

    /// <summary>The clock that wakes the stall watchdog; default the system's. How long an action has taken is always measured in real time.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Whether <see cref="HelpOtherStages"/> comes to anything: there are several stages on the processor and a core for each of their threads.</summary>
    public bool AreThreadsLent
    {
        get
        {
            int lanes = Devices.Count > 1 ? Devices.Count(device => device.LendsThreads) : DevicePlacement.DeviceOf(this, lane: 0).LendsThreads ? Stages : 0;
            return HelpOtherStages && lanes > 1 && (long)lanes * ThreadsPerStage <= Environment.ProcessorCount;
        }
    }

    /// <summary>How each stage opens its device.</summary>
    internal ComputeOptions ComputeOptions => new(ElementType, ThreadsPerStage, Precision, Replay) { Exchange = AreThreadsLent ? new JobExchange() : null };
}
