using System.Runtime.CompilerServices;
using PipelineBackprop.Schedules;
using Xunit;

namespace PipelineBackprop.Tests.Schedules;

/// <summary>The table drawn in a generator's comment is what the generator writes.</summary>
public sealed class ScheduleDocumentationTests
{
    public static TheoryData<string> Names => ScheduleSizes.Names;

    [Theory, MemberData(nameof(Names))]
    public void The_table_in_the_comment_is_the_schedule(string name)
    {
        IScheduleGenerator generator = ScheduleCatalog.Get(name);
        string[][] table = TableOf(generator.GetType().Name);
        int microBatches = table[0].Count(cell => cell.StartsWith("0F", StringComparison.Ordinal));
        PipelineSchedule schedule = generator.Generate(table.Length, name == "pipedream-2bw" ? microBatches / 3 : microBatches);

        string[][] drawn = [.. ScheduleGrid.Render(schedule).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(Cells)];

        Assert.Equal(drawn, table);
    }

    private static string[][] TableOf(string type, [CallerFilePath] string thisFile = "")
    {
        string file = Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", "src", "PipelineBackprop", "Schedules", type + ".cs");
        return
        [
            .. File.ReadLines(file).Where(line => line.StartsWith("/// device ", StringComparison.Ordinal)).Select(line => Cells(line[4..])),
        ];
    }

    // Idle cells at the end of a line may be missing.
    private static string[] Cells(string row) => row.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2..] is var cells
        ? cells[..(Array.FindLastIndex(cells, cell => cell != ".") + 1)]
        : [];
}
