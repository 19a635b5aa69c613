namespace PipelineBackprop.Schedules;

/// <summary>An action with its time, from the first start of the minibatch.</summary>
/// <param name="Action">The action.</param>
/// <param name="Device">The device that runs it.</param>
/// <param name="Start">When it starts.</param>
/// <param name="End">When it ends.</param>
public readonly record struct TimedAction(PipelineAction Action, int Device, double Start, double End);
