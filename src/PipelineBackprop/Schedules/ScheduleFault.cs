namespace PipelineBackprop.Schedules;

/// <summary>The first fault found in a schedule.</summary>
/// <param name="Reason">What is wrong.</param>
/// <param name="Action">The action at fault; for a cycle, one action of it.</param>
/// <param name="Device">The device in whose order it was found; for a missing action, the one it is missing from.</param>
/// <param name="Message">One sentence that names the action, where it stands and what would be right.</param>
public sealed record ScheduleFault(ScheduleFaultReason Reason, PipelineAction Action, int Device, string Message)
{
    /// <summary>Reason and message.</summary>
    public override string ToString() => $"{Reason}: {Message}";
}
