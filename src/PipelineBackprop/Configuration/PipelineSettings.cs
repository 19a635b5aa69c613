using System.Text.Json.Serialization;
using PipelineBackprop.Compute;
using PipelineBackprop.Configuration.Reading;
using PipelineBackprop.Schedules;
using PipelineBackprop.Training;

namespace PipelineBackprop.Configuration;

/// <summary>How the network is split into stages and a minibatch into micro-batches. Immutable.</summary>
public sealed record PipelineSettings
{
    /// <summary>The value of <see cref="Stages"/> that "auto" stands for.</summary>
    internal const int Automatic = 0;

    /// <summary>
    /// Stages, or devices where the schedule has several stages on each; 1 to the number of layers; or "auto": the layers are measured before training, and the split, the number of micro-batches and the schedule
    /// that take least are chosen. Default 1.
    /// </summary>
    [SettingRange(1)]
    [AutoAccepted]
    [JsonConverter(typeof(AutoNumberConverter))]
    public int Stages { get; init; } = 1;

    /// <summary>Whether stages, boundaries, micro-batches and schedule are chosen by measuring.</summary>
    [JsonIgnore]
    public bool IsAutomatic => Stages == Automatic;

    /// <summary>Stages on each device, at least 1, for schedules that leave the choice; default null, what the schedule has when nothing is said.</summary>
    [SettingRange(1)]
    public int? Chunks { get; init; }

    /// <summary>The first layer of every stage but the first, ascending, counted from 0; default null, stages of balanced cost.</summary>
    [SettingRange(1)]
    public IReadOnlyList<int>? Boundaries { get; init; }

    /// <summary>Micro-batches a minibatch is cut into, at least 1 and at most the batch size; default 1.</summary>
    [SettingRange(1)]
    public int MicroBatches { get; init; } = 1;

    /// <summary>The order of the forward and backward actions: a known schedule, or a CSV file with one line a device; default 1f1b.</summary>
    [KnownNames(typeof(ScheduleCatalog), FileExtension = ScheduleFile.Extension)]
    public string Schedule { get; init; } = "1f1b";

    /// <summary>
    /// Whether a stage drops its activations behind the forward action and computes them again before the backward one, for all micro-batches, for all but the
    /// last, or never: less memory for more time, and the same numbers; one value for all stages or a list of one a stage; default never.
    /// </summary>
    [SingleAccepted]
    public IReadOnlyList<Recomputation> Recomputation { get; init; } = [Schedules.Recomputation.Never];

    /// <summary>Threads that share the products of one stage, or of a device's stages, 1 to 1,024; default 1.</summary>
    [SettingRange(1, 1024)]
    public int Threads { get; init; } = 1;

    /// <summary>
    /// Whether a stage's thread, while it waits, helps other stages on the processor with what they have under way, which changes no number and which a plan does not
    /// count on; default true.
    /// </summary>
    public bool HelpOtherStages { get; init; } = true;

    /// <summary>The device of every one of 'stages', or one device for all, by the names that the command devices lists; auto spreads the stages over the GPUs; default cpu.</summary>
    [SingleAccepted]
    public IReadOnlyList<string> Devices { get; init; } = ["cpu"];

    /// <summary>
    /// The least precision that a GPU may round the inputs of matrix products to; sums and parameters stay float32, and so does all on the processor; default float32.
    /// </summary>
    public ProductPrecision Precision { get; init; } = ProductPrecision.Float32;

    /// <summary>
    /// Whether a GPU records the launches that come again in every step and starts them together, which changes no number: auto where its driver can, or off; default auto.
    /// </summary>
    public LaunchReplay Replay { get; init; } = LaunchReplay.Auto;

    /// <summary>Whether the loss is scaled, and a step whose gradients overflow is skipped; default null, only with the precision bf16.</summary>
    public bool? LossScaling { get; init; }

    /// <summary>How long a stage may work on one action before the step is given up, in seconds, 0.05 to 1,000,000; default 60.</summary>
    [SettingRange(0.05, 1_000_000)]
    public double StallTimeoutSeconds { get; init; } = 60;

    /// <summary>Where NaN and infinity are looked for: after every action, or once before the step is taken; default step.</summary>
    public NonFiniteCheck NonFiniteCheck { get; init; } = NonFiniteCheck.Step;

    internal PipelineSettings WithFullPaths() => ScheduleFile.IsFile(Schedule) ? this with { Schedule = Path.GetFullPath(Schedule) } : this;
}
