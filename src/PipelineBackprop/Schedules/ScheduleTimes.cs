using System.Collections.Immutable;

namespace PipelineBackprop.Schedules;

/// <summary>
/// How long the actions of each stage take, in any one unit of time (seconds when measured). Immutable.
/// </summary>
public sealed class ScheduleTimes
{
    private readonly ImmutableArray<double>[] _times;
    private readonly ImmutableArray<double> _transfer;
    private double _wakeUp, _awakeFor = double.PositiveInfinity;
    private Func<PipelineAction, double>? _extra, _preparation; // set once, before the table is given out

    /// <summary>Creates the table; the lists are copied.</summary>
    /// <param name="forward">F of each stage.</param>
    /// <param name="inputGradient">B of each stage.</param>
    /// <param name="weightGradient">W of each stage.</param>
    /// <param name="transfer">From stage i to i+1 and back, for each stage but the last; null for no time.</param>
    /// <exception cref="ArgumentException">No stage, lists of different lengths, or a time that is negative or not finite.</exception>
    public ScheduleTimes(IReadOnlyList<double> forward, IReadOnlyList<double> inputGradient, IReadOnlyList<double> weightGradient,
        IReadOnlyList<double>? transfer = null)
    {
        ArgumentNullException.ThrowIfNull(forward);
        ArgumentOutOfRangeException.ThrowIfZero(forward.Count, nameof(forward));
        _times =
        [
            Checked(forward, forward.Count, nameof(forward)),
            Checked(inputGradient, forward.Count, nameof(inputGradient)),
            Checked(weightGradient, forward.Count, nameof(weightGradient)),
        ];
        _transfer = Checked(transfer ?? new double[forward.Count - 1], forward.Count - 1, nameof(transfer));
    }

    /// <summary>The same times on every stage.</summary>
    /// <param name="stageCount">The number of stages, at least 1.</param>
    /// <param name="forward">F.</param>
    /// <param name="inputGradient">B.</param>
    /// <param name="weightGradient">W.</param>
    /// <param name="transfer">Between neighbouring stages, each way.</param>
    /// <exception cref="ArgumentException">No stage, or a time that is negative or not finite.</exception>
    public static ScheduleTimes Uniform(int stageCount, double forward = 1, double inputGradient = 1, double weightGradient = 1, double transfer = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stageCount);
        double[] Repeat(double time, int count)
        {
            var times = new double[count];
            Array.Fill(times, time);
            return times;
        }
        return new ScheduleTimes(Repeat(forward, stageCount), Repeat(inputGradient, stageCount), Repeat(weightGradient, stageCount),
            Repeat(transfer, stageCount - 1));
    }

    /// <summary>The times of a schedule's stages from those of whole devices: each of a device's v stages takes a v-th.</summary>
    /// <param name="schedule">Says which device owns which stage.</param>
    /// <param name="forward">F of each device.</param>
    /// <param name="inputGradient">B of each device.</param>
    /// <param name="weightGradient">W of each device.</param>
    /// <param name="transfer">Between neighbouring stages, each way; nothing between those of one device.</param>
    /// <exception cref="ArgumentException">Lists that do not name each device once, or a time that is negative or not finite.</exception>
    public static ScheduleTimes OfDevices(PipelineSchedule schedule, IReadOnlyList<double> forward, IReadOnlyList<double> inputGradient,
        IReadOnlyList<double> weightGradient, double transfer = 0)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        int[] chunks = [.. Enumerable.Range(0, schedule.DeviceCount).Select(device => Math.Max(1, schedule.StagesOf(device).Count))];
        double[] Divided(IReadOnlyList<double> times, string name)
        {
            ArgumentNullException.ThrowIfNull(times, name);
            if (times.Count != chunks.Length) throw new ArgumentException($"{name} has {times.Count} times where {chunks.Length} are right", name);
            return [.. Enumerable.Range(0, schedule.StageCount).Select(schedule.DeviceOf).Select(device => times[device] / chunks[device])];
        }
        return new ScheduleTimes(Divided(forward, nameof(forward)), Divided(inputGradient, nameof(inputGradient)),
            Divided(weightGradient, nameof(weightGradient)), [.. Enumerable.Repeat(transfer, schedule.StageCount - 1)]);
    }

    /// <summary>The number of stages.</summary>
    public int StageCount => _times[0].Length;

    /// <summary>The same times on devices that fall asleep.</summary>
    /// <param name="seconds">What it takes to wake one, at least 0 and finite.</param>
    /// <param name="after">How long a device stays awake without work, at least 0; infinity for ever.</param>
    public ScheduleTimes WithWakeUp(double seconds, double after)
    {
        if (!double.IsFinite(seconds)) throw new ArgumentOutOfRangeException(nameof(seconds), seconds, "waking takes a finite time");
        ArgumentOutOfRangeException.ThrowIfNegative(seconds);
        if (!(after >= 0)) throw new ArgumentOutOfRangeException(nameof(after), after, "a device stays awake for at least 0");
        var times = (ScheduleTimes)MemberwiseClone();
        (times._wakeUp, times._awakeFor) = (seconds, after);
        return times;
    }

    /// <summary>The same times, to which some actions add something: the first, or one that is recomputed.</summary>
    /// <param name="extra">What an action takes more, at least 0 and finite; a pure function.</param>
    public ScheduleTimes With(Func<PipelineAction, double> extra)
    {
        ArgumentNullException.ThrowIfNull(extra);
        var times = (ScheduleTimes)MemberwiseClone();
        times._extra = extra;
        return times;
    }

    /// <summary>The same times, where some actions need work before them that asks for no input: a device does as much of it as its waits so far allow.</summary>
    /// <param name="preparation">What an action needs before it, at least 0 and finite; a pure function.</param>
    public ScheduleTimes WithPreparation(Func<PipelineAction, double> preparation)
    {
        ArgumentNullException.ThrowIfNull(preparation);
        var times = (ScheduleTimes)MemberwiseClone();
        times._preparation = preparation;
        return times;
    }

    /// <summary>The time of an action without its preparation; the micro-batch matters only to <see cref="With"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such stage or kind.</exception>
    public double Of(PipelineAction action)
    {
        if ((uint)action.Stage >= (uint)StageCount || !action.Kind.IsKnown())
            throw new ArgumentOutOfRangeException(nameof(action), action, $"there are times for F, B and W of stages 0 to {StageCount - 1}");
        double own = _times[(int)action.Kind][action.Stage];
        return _extra is null ? own : own + Checked(_extra(action), action, "takes", "more");
    }

    /// <summary>What has to be done before an action, by its device, and asks for no input.</summary>
    internal double PreparationOf(PipelineAction action) => _preparation is null ? 0 : Checked(_preparation(action), action, "needs", "before it");

    /// <summary>The time from one stage to its neighbour, either way.</summary>
    /// <exception cref="ArgumentException">The two are no neighbours.</exception>
    public double Transfer(int fromStage, int toStage)
    {
        int lower = Math.Min(fromStage, toStage);
        if (Math.Abs((long)fromStage - toStage) != 1 || (uint)lower >= (uint)_transfer.Length)
            throw new ArgumentException($"stages {fromStage} and {toStage} are no neighbours among {StageCount} stages", nameof(toStage));
        return _transfer[lower];
    }

    /// <summary>When a device begins that has been free since one moment and has all it needs at another.</summary>
    internal double StartOf(double free, double ready) => ready - free > _awakeFor ? ready + _wakeUp : Math.Max(free, ready);

    private static double Checked(double time, PipelineAction action, string before, string behind) => double.IsFinite(time) && time >= 0
        ? time
        : throw new InvalidOperationException(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"action {action} {before} {time} {behind}, which should be finite and at least 0"));

    private static ImmutableArray<double> Checked(IReadOnlyList<double> times, int count, string name)
    {
        ArgumentNullException.ThrowIfNull(times, name);
        if (times.Count != count) throw new ArgumentException($"{name} has {times.Count} times where {count} are right", name);
        foreach (double time in times)
        {
            if (!double.IsFinite(time) || time < 0) throw new ArgumentOutOfRangeException(name, time, $"{name} has a time of {time.ToString(System.Globalization.CultureInfo.InvariantCulture)}, which should be finite and at least 0");
        }
        return [.. times];
    }
}
