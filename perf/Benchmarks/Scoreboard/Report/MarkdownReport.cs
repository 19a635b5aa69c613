using System.Text;

namespace PipelineBackprop.Benchmarks.Scoreboard.Report;

/// <summary>The result for people: the machine, the table, and the numbers behind it.</summary>
internal static class MarkdownReport
{
    public static string Of(Result result, string picture)
    {
        var text = new StringBuilder();
        Machine machine = result.Machine;
        text.Append($"# How fast: {machine.Processor}, {Words.Cores(machine.Cores)}\n\n");
        text.Append($"{result.Summary}. Written by `{result.Command}`; ");
        text.Append("medians, taken in turns with the peers that can take turns; the ratio to one of those is the median of the turns' ratios. Ratios above 1 are in our favour.\n\n");
        Table(text, ["", ""], About(result));
        text.Append($"![Each ratio over its goal]({picture})\n\n");
        Table(text, ["work", "ours", "peer or limit", "ratio", "goal", "reached"], result.Rows.Select(Cells));
        foreach (SectionResult section in result.Sections) Section(text, section);
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static IEnumerable<string[]> About(Result result)
    {
        Machine machine = result.Machine;
        yield return ["measured", $"{machine.Date}, {result.Duration.TotalSeconds:0} s"];
        yield return ["engine", machine.Engine];
        yield return ["processor", $"{machine.Processor}, {Words.Cores(machine.Cores)}, vectors of {machine.Vectors}"];
        yield return ["system", $"{machine.OperatingSystem}, {machine.Runtime}"];
        yield return ["load average (1, 5, 15 minutes)", $"before {machine.LoadBefore}; after {result.LoadAfter}"];
        if (machine.Steering.Length > 0) yield return ["the peers were told", machine.Steering];
        if (result.Peers.Count > 0) yield return ["peers", string.Join(", ", result.Peers.Select(peer => $"{peer.Key} {peer.Value}"))];
    }

    private static string[] Cells(Row row) =>
    [
        row.Work, row.Ours.ToString(), row.Rival?.ToString() ?? "", row.RatioText, row.Goal,
        row.Reached switch { true => "yes", false => "**no**", null => row.Goal.Length > 0 ? "not measured" : "" },
    ];

    private static void Section(StringBuilder text, SectionResult section)
    {
        text.Append($"## {section.Section.Title}\n\n");
        string[] notes = [.. section.Run.Notes, .. section.Run.Faults.Select(fault => $"broken: {fault}")];
        foreach (string note in notes) text.Append($"- {note.ReplaceLineEndings(" ")}\n");
        if (notes.Length > 0) text.Append('\n');
        foreach (DetailTable table in section.Run.Details)
        {
            text.Append($"{table.Title}:\n\n");
            Table(text, table.Columns, table.Rows.Select(row => row.Select(DetailTable.TextOf).ToArray()));
        }
    }

    private static void Table(StringBuilder text, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        Line(columns);
        Line([.. columns.Select(_ => "---")]);
        foreach (IReadOnlyList<string> row in rows) Line(row);
        text.Append('\n');

        void Line(IEnumerable<string> cells) => text.Append($"| {string.Join(" | ", cells.Select(cell => cell.ReplaceLineEndings(" ").Replace("|", "\\|")))} |\n");
    }
}
