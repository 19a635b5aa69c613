using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace PipelineBackprop.Schedules;

/// <summary>
/// Schedules as the field writes them: one line a device, its actions in order, separated by commas, as in <c>0F0,0F1,0B0,0W0</c>.
/// Empty cells (idle time) and lines of nothing else are skipped, lines that begin with # are comments; an asynchronous schedule says
/// in one how its weights lag. A stage belongs to the device whose line names it first. Pure, so any thread may call it.
/// </summary>
public static partial class ScheduleCsv
{
    private const string StalenessStart = "# staleness:";

    /// <summary>Writes a schedule; <see cref="Parse"/> reads it back, but for devices without a stage.</summary>
    public static string Write(PipelineSchedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        var text = new StringBuilder();
        if (schedule.Staleness is { } staleness)
            text.Append(CultureInfo.InvariantCulture, $"{StalenessStart} an update every {staleness.MicroBatchesPerUpdate} micro-batches, delay {staleness.Delay}, {staleness.Versions} weight versions\n");
        for (int device = 0; device < schedule.DeviceCount; device++) text.AppendJoin(',', schedule.ActionsOf(device)).Append('\n');
        return text.ToString();
    }

    /// <summary>Reads a schedule and checks that it can be run.</summary>
    /// <param name="text">The lines.</param>
    /// <param name="source">What errors call it, usually the file.</param>
    /// <param name="name">The name of the schedule.</param>
    /// <exception cref="InvalidInputException">A cell is no action, a comment says unclearly how weights lag, or the schedule cannot be run; the sentence names the line.</exception>
    public static PipelineSchedule Parse(string text, string source, string name)
    {
        ArgumentNullException.ThrowIfNull(text);
        WeightStaleness? staleness = null;
        var rows = new List<(int Line, PipelineAction[] Actions)>();
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (line.StartsWith('#')) staleness = ReadStaleness(line, source, i + 1) ?? staleness;
            else if (ReadRow(line, source, i + 1) is { Length: > 0 } actions) rows.Add((i + 1, actions));
        }
        return Checked(rows, staleness, source, name);
    }

    private static PipelineAction[] ReadRow(string line, string source, int number)
    {
        var actions = new List<PipelineAction>();
        string[] cells = line.Split(',');
        for (int column = 0; column < cells.Length; column++)
        {
            string cell = cells[column].Trim();
            if (cell.Length == 0) continue;
            if (!PipelineAction.TryParse(cell, out PipelineAction action))
            {
                string shown = cell.Length <= 20 ? cell : cell[..17] + "...";
                throw new InvalidInputException($"{source}, line {number}, column {column + 1}: \"{shown}\" should be a stage, one of F, B or W, and a micro-batch, like 2F0.");
            }
            actions.Add(action);
        }
        return [.. actions];
    }

    private static PipelineSchedule Checked(List<(int Line, PipelineAction[] Actions)> rows, WeightStaleness? staleness, string source, string name)
    {
        PipelineAction[] all = [.. rows.SelectMany(row => row.Actions)];
        if (all.Length == 0) throw new InvalidInputException($"{source} holds no action; a schedule has one line a device, like 0F0,0B0,0W0.");
        PipelineAction last = all.MaxBy(action => action.Stage), latest = all.MaxBy(action => action.MicroBatch);
        // A slip of the pen in one number must not ask for a table of that size.
        foreach ((PipelineAction action, int index) in ((PipelineAction, int)[])[(last, last.Stage), (latest, latest.MicroBatch)])
        {
            if (index >= all.Length) throw new InvalidInputException($"{source}, line {LineOf(action)}: {action} is one of more than {index} stages or micro-batches, but the whole schedule has only {all.Length} actions.");
        }
        int microBatches = latest.MicroBatch + 1;
        if (staleness is not null && (staleness.MicroBatchesPerUpdate < 1 || microBatches % staleness.MicroBatchesPerUpdate != 0))
            throw new InvalidInputException($"{source}: {microBatches} micro-batches do not make up whole updates of {staleness.MicroBatchesPerUpdate}.");
        // A stage that no line names belongs to the first device: what is missing there is the fault to report.
        var deviceOfStage = new int[last.Stage + 1];
        for (int device = rows.Count - 1; device >= 0; device--)
        {
            foreach (PipelineAction action in rows[device].Actions) deviceOfStage[action.Stage] = device;
        }
        if ((long)deviceOfStage.Length * microBatches * ActionKindExtensions.Count > Math.Max(10_000, 10L * all.Length))
            throw new InvalidInputException($"{source} has {all.Length} actions, but {deviceOfStage.Length} stages and {microBatches} micro-batches need {(long)deviceOfStage.Length * microBatches * ActionKindExtensions.Count}.");
        var schedule = new PipelineSchedule(name, microBatches, deviceOfStage, [.. rows.Select(row => row.Actions)], staleness);
        if (ScheduleValidator.Validate(schedule) is { } fault)
            throw new InvalidInputException($"{source}, line {rows[fault.Device].Line}: {fault.Message}.");
        return schedule;

        int LineOf(PipelineAction wanted) => rows.First(row => Array.IndexOf(row.Actions, wanted) >= 0).Line;
    }

    private static WeightStaleness? ReadStaleness(string comment, string source, int line)
    {
        if (!comment.StartsWith(StalenessStart, StringComparison.Ordinal)) return null;
        // Spreadsheets fill the line up with empty cells.
        Match match = StalenessComment().Match(comment.TrimEnd(',', ' '));
        return match.Success ? new WeightStaleness(Number(1), Number(2), Number(3))
            : throw new InvalidInputException($"{source}, line {line}: \"{comment}\" should say how weights lag, like {StalenessStart} an update every 4 micro-batches, delay 1, 2 weight versions.");

        int Number(int group) => int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^# staleness: an update every ([0-9]{1,9}) micro-batches, delay ([0-9]{1,9}), ([0-9]{1,9}) weight versions$", RegexOptions.CultureInvariant)]
    private static partial Regex StalenessComment();
}
