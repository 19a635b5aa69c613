using System.Globalization;
using System.Text;

namespace PipelineBackprop.Schedules;

/// <summary>
/// Draws a schedule as text, devices down and time across, for a terminal or a log. One action can be marked, as <c>[2B3]</c>. Pure,
/// so any thread may call it.
/// </summary>
public static class ScheduleGrid
{
    private const string Idle = ".";
    private const string Continued = "-";
    private const int MaxColumns = 100_000;

    // Sums of times such as 1/3 come out a little beside the column they belong to.
    private const double Rounding = 1e-6;

    /// <summary>
    /// Draws a schedule with one column for each action's time and <c>.</c> where a device waits. A schedule that cannot be run has
    /// no times: it is drawn in order, the first action of every device in the first column.
    /// </summary>
    /// <param name="schedule">The schedule, runnable or not.</param>
    /// <param name="failing">The action to mark wherever it stands; null for none.</param>
    /// <param name="maxWidth">The width of the terminal in characters; columns beyond it are left out around the marked one.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxWidth"/> is not positive, or the schedule takes more than 100,000 columns.</exception>
    public static string Render(PipelineSchedule schedule, PipelineAction? failing = null, int maxWidth = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        if (ScheduleValidator.Validate(schedule) is null)
            return Render(ScheduleSimulator.Run(schedule, ScheduleTimes.Uniform(schedule.StageCount)), 1, failing, maxWidth);
        IEnumerable<string[]> rows = Enumerable.Range(0, schedule.DeviceCount)
            .Select(device => schedule.ActionsOf(device).Select(action => Cell(action, failing)).ToArray());
        return Draw([.. rows], maxWidth);
    }

    /// <summary>Draws a timeline with one column for each unit of time; an action that takes longer goes on as <c>-</c>.</summary>
    /// <param name="timeline">What to draw.</param>
    /// <param name="unit">The time of one column, above 0; an action stands in the column its start falls into, and of several
    /// starts in one column the last is drawn.</param>
    /// <param name="failing">The action to mark; null for none.</param>
    /// <param name="maxWidth">The width of the terminal in characters; columns beyond it are left out around the marked one.</param>
    /// <exception cref="ArgumentOutOfRangeException">A unit or width that is not positive, or a unit that asks for more than 100,000 columns.</exception>
    public static string Render(ScheduleTimeline timeline, double unit, PipelineAction? failing = null, int maxWidth = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(timeline);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxWidth);
        double columns = Math.Ceiling((timeline.BarrierTime / unit) - Rounding);
        if (!(unit > 0) || columns > MaxColumns)
            throw new ArgumentOutOfRangeException(nameof(unit), unit, $"a unit of {unit.ToString(CultureInfo.InvariantCulture)} does not divide {timeline.BarrierTime.ToString(CultureInfo.InvariantCulture)} into 1 to {MaxColumns} columns");
        var rows = new string[timeline.Schedule.DeviceCount][];
        for (int device = 0; device < rows.Length; device++)
        {
            rows[device] = new string[Math.Max(1, (int)columns)];
            Array.Fill(rows[device], Idle);
            foreach (TimedAction timed in timeline.OfDevice(device)) Place(rows[device], timed, unit, failing);
        }
        return Draw(rows, maxWidth);
    }

    private static void Place(string[] row, TimedAction timed, double unit, PipelineAction? failing)
    {
        int start = Math.Min((int)((timed.Start / unit) + Rounding), row.Length - 1);
        int end = Math.Min((int)Math.Ceiling((timed.End / unit) - Rounding), row.Length);
        row[start] = Cell(timed.Action, failing);
        for (int column = start + 1; column < end; column++) row[column] = Continued;
    }

    private static string Cell(PipelineAction action, PipelineAction? failing) => action == failing ? $"[{action}]" : $" {action} ";

    private static string Draw(string[][] rows, int maxWidth)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxWidth);
        int columns = rows.Max(row => row.Length);
        int width = Math.Max(columns.ToString(CultureInfo.InvariantCulture).Length + 2, rows.Max(row => row.Length == 0 ? 0 : row.Max(cell => cell.Length)));
        int head = $"device {rows.Length - 1} ".Length;
        // Two cells stay free for the marks that say something was left out.
        int shown = Math.Min(columns, (maxWidth - head) / width is int fit && fit >= columns ? columns : Math.Max(1, fit - 2));
        int marked = rows.Max(row => Array.FindIndex(row, cell => cell.StartsWith('[')));
        int first = Math.Clamp(marked - (shown / 2), 0, columns - shown);
        var text = new StringBuilder();
        AppendRow(text, "time".PadRight(head), column => Centered(column.ToString(CultureInfo.InvariantCulture), width));
        for (int device = 0; device < rows.Length; device++)
        {
            string[] row = rows[device];
            AppendRow(text, $"device {device} ".PadRight(head), column => Centered(column < row.Length ? row[column] : "", width));
        }
        return text.ToString();

        void AppendRow(StringBuilder target, string title, Func<int, string> cell)
        {
            var line = new StringBuilder(title);
            if (first > 0) line.Append(Centered("…", width));
            for (int column = first; column < first + shown; column++) line.Append(cell(column));
            if (first + shown < columns) line.Append(Centered("…", width));
            target.Append(line.ToString().TrimEnd()).Append('\n');
        }
    }

    private static string Centered(string text, int width) => text.PadLeft((width + text.Length) / 2).PadRight(width);
}
