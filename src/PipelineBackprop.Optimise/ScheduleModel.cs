using Google.OrTools.Sat;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Optimise;

/// <summary>
/// A schedule as a constraint problem: an interval for each action; a device runs one at a time, an action starts when its inputs have
/// arrived, each stage keeps micro-batch order, and what is held between F and W (or B) stays within the cap.
/// </summary>
internal sealed class ScheduleModel
{
    private readonly ScheduleProblem _problem;
    private readonly TimeScale _scale;
    private readonly Dictionary<PipelineAction, IntervalVar> _intervals = [];
    private readonly long _horizon;

    public ScheduleModel(ScheduleProblem problem, TimeScale scale)
    {
        _problem = problem;
        _scale = scale;
        _horizon = Actions().Sum(Duration) + Enumerable.Range(1, problem.DeviceOfStage.Count - 1).Sum(stage => 2 * problem.MicroBatches * Transfer(stage - 1, stage));
        foreach (PipelineAction action in Actions())
        {
            IntVar start = Model.NewIntVar(0, _horizon, $"{action}");
            _intervals.Add(action, Model.NewFixedSizeIntervalVar(start, Duration(action), $"{action}"));
        }
        AddInputs();
        for (int device = 0; device < problem.DeviceCount; device++) AddDevice(device);
        AddObjective();
    }

    public CpModel Model { get; } = new();

    /// <summary>Gives the solver a schedule to begin with.</summary>
    public void AddHint(PipelineSchedule schedule)
    {
        // Times of whole numbers, as the model has them.
        ScheduleTimeline timeline = ScheduleSimulator.Run(schedule, WholeTimes());
        foreach ((PipelineAction action, IntervalVar interval) in _intervals) Model.AddHint((IntVar)interval.StartExpr(), (long)Math.Round(timeline.Of(action).Start));
    }

    /// <summary>The orders of a solution.</summary>
    public PipelineSchedule Read(CpSolver solver, string name)
    {
        IEnumerable<PipelineAction[]> orders = Enumerable.Range(0, _problem.DeviceCount).Select(device => ActionsOf(device)
            // What takes no time stands before what starts at the same moment; one micro-batch after the other holds the least.
            .OrderBy(action => solver.Value(_intervals[action].StartExpr())).ThenBy(action => solver.Value(_intervals[action].EndExpr()))
            .ThenBy(action => action.MicroBatch).ThenBy(action => action.Kind == ActionKind.Forward ? action.Stage : (2 * _problem.DeviceOfStage.Count) - action.Stage)
            .ThenBy(action => action.Kind)
            .ToArray());
        return new PipelineSchedule(name, _problem.MicroBatches, _problem.DeviceOfStage, [.. orders]);
    }

    private void AddInputs()
    {
        foreach ((PipelineAction action, IntervalVar interval) in _intervals)
        {
            (int stage, ActionKind kind, int microBatch) = action;
            if (microBatch > 0) After(interval, action with { MicroBatch = microBatch - 1 }, 0);
            if (kind == ActionKind.Forward && stage > 0) After(interval, action with { Stage = stage - 1 }, Transfer(stage - 1, stage));
            if (kind == ActionKind.InputGradient) After(interval, action with { Kind = ActionKind.Forward }, 0);
            if (kind == ActionKind.InputGradient && stage < _problem.DeviceOfStage.Count - 1) After(interval, action with { Stage = stage + 1 }, Transfer(stage, stage + 1));
            if (kind == ActionKind.WeightGradient) After(interval, action with { Kind = ActionKind.InputGradient }, 0);
        }
    }

    private void After(IntervalVar interval, PipelineAction input, long transfer) =>
        Model.Add(interval.StartExpr() >= _intervals[input].EndExpr() + transfer);

    private void AddDevice(int device)
    {
        Model.AddNoOverlap(ActionsOf(device).Select(action => _intervals[action]));
        int[] stages = [.. Enumerable.Range(0, _problem.DeviceOfStage.Count).Where(stage => _problem.DeviceOfStage[stage] == device)];
        if (_problem.CapInChunks(stages.Length) is not { } cap || cap >= stages.Length * _problem.MicroBatches) return;
        CumulativeConstraint held = Model.AddCumulative(cap);
        foreach (PipelineAction forward in ActionsOf(device).Where(action => action.Kind == ActionKind.Forward))
        {
            IntVar length = Model.NewIntVar(0, _horizon, $"held {forward}");
            IntervalVar until = _intervals[forward with { Kind = _problem.HeldUntil }];
            held.AddDemand(Model.NewIntervalVar(_intervals[forward].StartExpr(), length, until.EndExpr(), $"stash {forward}"), 1);
        }
    }

    private void AddObjective()
    {
        IntVar time = Model.NewIntVar(0, _horizon, "T");
        for (int device = 0; device < _problem.DeviceCount; device++)
        {
            LinearExpr begin = _problem.Objective == ScheduleObjective.Span ? FirstStart(device) : LinearExpr.Constant(0);
            // W comes last on every stage, and each stage's in micro-batch order.
            foreach (PipelineAction last in ActionsOf(device).Where(action => action.Kind == ActionKind.WeightGradient && action.MicroBatch == _problem.MicroBatches - 1))
                Model.Add(time >= _intervals[last].EndExpr() - begin);
        }
        Model.Minimize(time);
    }

    /// <summary>The start of a device's first action, F of its first stage. It does not wait for a better moment: devices start what they can.</summary>
    private LinearExpr FirstStart(int device)
    {
        int stage = Enumerable.Range(0, _problem.DeviceOfStage.Count).First(stage => _problem.DeviceOfStage[stage] == device);
        var first = new PipelineAction(stage, ActionKind.Forward, 0);
        LinearExpr start = _intervals[first].StartExpr();
        if (stage == 0) Model.Add(start == 0);
        else Model.Add(start == _intervals[first with { Stage = stage - 1 }].EndExpr() + Transfer(stage - 1, stage));
        return start;
    }

    private IEnumerable<PipelineAction> Actions() =>
        from stage in Enumerable.Range(0, _problem.DeviceOfStage.Count)
        from kind in Enum.GetValues<ActionKind>()
        from microBatch in Enumerable.Range(0, _problem.MicroBatches)
        select new PipelineAction(stage, kind, microBatch);

    private IEnumerable<PipelineAction> ActionsOf(int device) => _intervals.Keys.Where(action => _problem.DeviceOfStage[action.Stage] == device);

    private long Duration(PipelineAction action) => _scale.Whole(_problem.Times.Of(action));

    private long Transfer(int stage, int next) =>
        _problem.DeviceOfStage[stage] == _problem.DeviceOfStage[next] ? 0 : _scale.Whole(_problem.Times.Transfer(stage, next));

    private ScheduleTimes WholeTimes()
    {
        int stages = _problem.DeviceOfStage.Count;
        double[] Of(ActionKind kind) => [.. Enumerable.Range(0, stages).Select(stage => (double)Duration(new PipelineAction(stage, kind, 0)))];
        return new ScheduleTimes(Of(ActionKind.Forward), Of(ActionKind.InputGradient), Of(ActionKind.WeightGradient),
            [.. Enumerable.Range(0, stages - 1).Select(stage => (double)Transfer(stage, stage + 1))]);
    }
}
