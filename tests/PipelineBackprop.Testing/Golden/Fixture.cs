using System.Text.Json;

namespace PipelineBackprop.Testing.Golden;

/// <summary>Reference values of an independent autograd, read from the files beside the tests; each file's "about" gives its conventions.</summary>
public static class Fixture
{
    /// <summary>The list under <paramref name="list"/> of a fixture file.</summary>
    public static IReadOnlyList<JsonElement> Read(string file, string list)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Fixtures", file);
        return [.. JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty(list).EnumerateArray()];
    }

    public static double[] Vector(this JsonElement element) => [.. element.EnumerateArray().Select(value => value.GetDouble())];

    public static double[,] Matrix(this JsonElement element)
    {
        double[][] rows = [.. element.EnumerateArray().Select(Vector)];
        double[,] matrix = new double[rows.Length, rows[0].Length];
        for (int i = 0; i < rows.Length; i++)
            for (int j = 0; j < rows[i].Length; j++) matrix[i, j] = rows[i][j];
        return matrix;
    }

    public static double[] Flat(this JsonElement element) => element.ValueKind == JsonValueKind.Array
        ? [.. element.EnumerateArray().SelectMany(Flat)]
        : [element.GetDouble()];

    /// <summary>Targets as the loss wants them: class indices become one column.</summary>
    public static double[,] Targets(this JsonElement element)
    {
        if (element[0].ValueKind == JsonValueKind.Array) return element.Matrix();
        double[] classes = element.Vector();
        double[,] column = new double[classes.Length, 1];
        for (int i = 0; i < classes.Length; i++) column[i, 0] = classes[i];
        return column;
    }
}
