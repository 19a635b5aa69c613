using Spectre.Console;

namespace PipelineBackprop.Cli.Output;

/// <summary>The look of tables: a thin rule below the head, numbers to the right.</summary>
internal static class Tables
{
    /// <summary>A table whose first column is text and whose others are numbers.</summary>
    public static Table Plain(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Simple);
        for (int i = 0; i < columns.Length; i++)
            table.AddColumn(new TableColumn(Markup.Escape(columns[i])) { Alignment = i == 0 ? Justify.Left : Justify.Right, NoWrap = true });
        return table;
    }
}
