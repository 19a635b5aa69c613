namespace PipelineBackprop.Optimise;

/// <summary>Which time is made small.</summary>
public enum ScheduleObjective
{
    /// <summary>From the first start to the last end over all devices.</summary>
    Barrier,

    /// <summary>The longest time of one device from its first start to its last end.</summary>
    Span,
}
