using PipelineBackprop.Randomness;

namespace PipelineBackprop.Testing.Compute;

/// <summary>Host arrays of float64 for tests.</summary>
public static class HostArrays
{
    /// <summary>Normal numbers from a seed.</summary>
    public static double[] Gaussian(int count, ulong seed, double scale = 1)
    {
        var random = new RandomStream(seed, 7);
        double[] values = new double[count];
        for (int i = 0; i < count; i++) values[i] = scale * random.NextGaussian();
        return values;
    }

    public static double[,] Gaussian(int rows, int columns, ulong seed, double scale = 1) =>
        Shaped(Gaussian(rows * columns, seed, scale), rows, columns);

    public static double[] Flatten(double[,] values) => [.. values.Cast<double>()];

    public static double[,] Shaped(double[] values, int rows, int columns)
    {
        double[,] result = new double[rows, columns];
        for (int i = 0; i < rows * columns; i++) result[i / columns, i % columns] = values[i];
        return result;
    }

    /// <summary>Rows <paramref name="first"/> … of a matrix.</summary>
    public static double[,] Rows(double[,] values, int first, int count)
    {
        double[,] result = new double[count, values.GetLength(1)];
        for (int i = 0; i < count; i++)
            for (int j = 0; j < result.GetLength(1); j++) result[i, j] = values[first + i, j];
        return result;
    }
}
