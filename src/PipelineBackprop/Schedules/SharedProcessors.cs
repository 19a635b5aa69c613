namespace PipelineBackprop.Schedules;

/// <summary>
/// Times a schedule whose devices share processors: each device keeps its order, and processors take what can start first. Used once.
/// </summary>
internal sealed class SharedProcessors
{
    private readonly PipelineSchedule _schedule;
    private readonly ScheduleTimes _times;
    private readonly ActionGraph _graph;
    private readonly IReadOnlyList<int> _processors;
    private readonly double[][] _free; // by processors: when each of them is free
    private readonly TimedAction?[] _timed;
    private readonly int[] _next;      // by device: its next action
    private readonly double[] _last;   // by device: the end of the one before
    private readonly DeviceWaits _waits;

    public SharedProcessors(PipelineSchedule schedule, ScheduleTimes times, ActionGraph graph, IReadOnlyList<int> processors, IReadOnlyList<int>? atOnce)
    {
        (_schedule, _times, _graph, _processors) = (schedule, times, graph, processors);
        _free = [.. Enumerable.Range(0, processors.Max() + 1).Select(index => new double[atOnce?[index] ?? 1])];
        _timed = new TimedAction?[graph.Count];
        (_next, _last, _waits) = (new int[schedule.DeviceCount], new double[schedule.DeviceCount], new DeviceWaits(schedule.DeviceCount));
    }

    /// <summary>When each action starts and ends, by the graph's index.</summary>
    public TimedAction[] Time()
    {
        for (int count = 0; count < _timed.Length; count++)
        {
            (int device, double start) = First();
            PipelineAction action = _schedule.ActionsOf(device)[_next[device]++];
            double[] free = _free[_processors[device]];
            double end = start + _waits.Prepare(device, start - _last[device], _times.PreparationOf(action)) + _times.Of(action);
            free[Array.IndexOf(free, free.Min())] = _last[device] = end;
            _timed[_graph.IndexOf(action)] = new TimedAction(action, device, start, end);
        }
        return [.. _timed.Select(timed => timed!.Value)];
    }

    /// <summary>The device whose next action can start before those of all others; among equals the one that could have started first.</summary>
    private (int Device, double Start) First()
    {
        (int Device, double Start, double Ready) first = (-1, 0, 0);
        for (int device = 0; device < _next.Length; device++)
        {
            if (_next[device] == _schedule.ActionsOf(device).Count || Ready(device) is not { } ready) continue;
            double start = Math.Max(ready, _free[_processors[device]].Min());
            if (first.Device < 0 || start < first.Start || (start == first.Start && ready < first.Ready)) first = (device, start, ready);
        }
        return (first.Device, first.Start);
    }

    /// <summary>When the device's next action has all it needs; null while that is not known.</summary>
    private double? Ready(int device)
    {
        PipelineAction action = _schedule.ActionsOf(device)[_next[device]];
        Span<PipelineAction> inputs = stackalloc PipelineAction[ActionGraph.MaxInputs];
        double ready = 0;
        foreach (PipelineAction input in inputs[.._graph.InputsOf(action, inputs)])
        {
            if (_timed[_graph.IndexOf(input)] is not { } source) return null;
            ready = Math.Max(ready, source.End + (source.Device == device ? 0 : _times.Transfer(input.Stage, action.Stage)));
        }
        return _times.StartOf(_last[device], ready);
    }
}
