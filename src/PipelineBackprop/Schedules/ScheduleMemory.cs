using System.Collections.Immutable;

namespace PipelineBackprop.Schedules;

/// <summary>
/// What one micro-batch takes on each stage, in any one unit (bytes when measured): what F keeps for B, what F keeps for W, and what
/// B keeps for W. Taken when the first of the two actions starts, freed when the second ends. Immutable.
/// </summary>
public sealed class ScheduleMemory
{
    private readonly ImmutableArray<double> _untilInputGradient, _untilWeightGradient, _betweenGradients;

    /// <summary>Creates the table; the lists are copied.</summary>
    /// <param name="untilInputGradient">For each stage what is held from F until B.</param>
    /// <param name="untilWeightGradient">For each stage what is held from F until W.</param>
    /// <param name="betweenGradients">For each stage what is held from B until W; null for nothing.</param>
    /// <exception cref="ArgumentException">Lists of different lengths, or an amount that is negative or not finite.</exception>
    public ScheduleMemory(IReadOnlyList<double> untilInputGradient, IReadOnlyList<double> untilWeightGradient, IReadOnlyList<double>? betweenGradients = null)
    {
        ArgumentNullException.ThrowIfNull(untilInputGradient);
        _untilInputGradient = Checked(untilInputGradient, untilInputGradient.Count, nameof(untilInputGradient));
        _untilWeightGradient = Checked(untilWeightGradient, untilInputGradient.Count, nameof(untilWeightGradient));
        _betweenGradients = Checked(betweenGradients ?? new double[untilInputGradient.Count], untilInputGradient.Count, nameof(betweenGradients));
    }

    /// <summary>The field's unit M: a micro-batch takes 1 on all stages of a device together, from F until the given action.</summary>
    /// <param name="schedule">Says how many stages share a device.</param>
    /// <param name="until">B or W.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="until"/> is F.</exception>
    public static ScheduleMemory StashUntil(PipelineSchedule schedule, ActionKind until)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        StashBounds.ThrowIfNotHeldUntil(until);
        double[] parts = [.. Enumerable.Range(0, schedule.StageCount).Select(stage => 1.0 / schedule.StagesOf(schedule.DeviceOf(stage)).Count)];
        var nothing = new double[parts.Length];
        return until == ActionKind.InputGradient ? new ScheduleMemory(parts, nothing) : new ScheduleMemory(nothing, parts);
    }

    /// <summary>The number of stages.</summary>
    public int StageCount => _untilInputGradient.Length;

    /// <summary>For each device the most it holds at once. Depends on the order alone, since a device runs one action at a time.</summary>
    /// <exception cref="ArgumentException">The schedule has another number of stages.</exception>
    public double[] PeakOf(PipelineSchedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        ThrowIfNotFor(schedule);
        var peaks = new double[schedule.DeviceCount];
        for (int device = 0; device < peaks.Length; device++)
        {
            double held = 0;
            foreach (PipelineAction action in schedule.ActionsOf(device))
            {
                held += TakenBy(action);
                peaks[device] = Math.Max(peaks[device], held);
                held -= FreedBy(action);
            }
        }
        return peaks;
    }

    /// <summary>What an action takes when it starts.</summary>
    internal double TakenBy(PipelineAction action) => action.Kind switch
    {
        ActionKind.Forward => _untilInputGradient[action.Stage] + _untilWeightGradient[action.Stage],
        ActionKind.InputGradient => _betweenGradients[action.Stage],
        _ => 0,
    };

    /// <summary>What an action frees when it ends.</summary>
    internal double FreedBy(PipelineAction action) => action.Kind switch
    {
        ActionKind.InputGradient => _untilInputGradient[action.Stage],
        ActionKind.WeightGradient => _untilWeightGradient[action.Stage] + _betweenGradients[action.Stage],
        _ => 0,
    };

    internal void ThrowIfNotFor(PipelineSchedule schedule)
    {
        if (StageCount != schedule.StageCount)
            throw new ArgumentException($"the memory is that of {StageCount} stages, the schedule has {schedule.StageCount}", nameof(schedule));
    }

    private static ImmutableArray<double> Checked(IReadOnlyList<double> amounts, int count, string name)
    {
        ArgumentNullException.ThrowIfNull(amounts, name);
        if (amounts.Count != count) throw new ArgumentException($"{name} has {amounts.Count} amounts where {count} are right", name);
        foreach (double amount in amounts)
        {
            if (!double.IsFinite(amount) || amount < 0)
                throw new ArgumentOutOfRangeException(name, amount, $"{name} has an amount of {amount.ToString(System.Globalization.CultureInfo.InvariantCulture)}, which should be finite and at least 0");
        }
        return [.. amounts];
    }
}
