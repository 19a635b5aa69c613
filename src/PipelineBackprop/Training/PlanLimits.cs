namespace PipelineBackprop.Training;

/// <summary>Within what a plan is looked for. Immutable.</summary>
public sealed record PlanLimits
{
    /// <summary>The most bytes a device may take in training, all stages on it together; null (default) for what it has. On the processor each stage has that much.</summary>
    public long? Memory { get; init; }

    /// <summary>The most devices, at least 1; default the processors of this machine divided by the threads of a stage. Where devices are listed, one each.</summary>
    public int? MostStages { get; init; }

    /// <summary>The most micro-batches, at least 1; default 32.</summary>
    public int MostMicroBatches { get; init; } = 32;

    /// <summary>
    /// The schedules tried, of equals the first is taken; default every synchronous one, the simpler first: an asynchronous one would give other numbers.
    /// </summary>
    public IReadOnlyList<string> Schedules { get; init; } =
        ["1f1b", "gpipe", "zb-h1", "zb-h2", "zb-v", "v-half", "v-min", "interleaved-1f1b", "looped-bfs", "interleaved-zb"];
}
