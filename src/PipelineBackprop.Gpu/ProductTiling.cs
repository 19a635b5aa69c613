namespace PipelineBackprop.Gpu;

/// <summary>How the results of a product are shared out to groups of threads. It decides the speed alone, never a bit of the result.</summary>
/// <param name="Block">Results of a thread in each direction: 8 or 4, and the kernel of that name.</param>
/// <param name="Across">Threads of a group along the columns, a power of two.</param>
/// <param name="Down">Threads of a group along the rows, a power of two.</param>
internal readonly record struct ProductTiling(int Block, int Across, int Down)
{
    // From the least traffic a result to the most groups.
    private static readonly ProductTiling[] s_choices = [new(8, 16, 16), new(4, 16, 16), new(4, 16, 8), new(4, 8, 8)];

    /// <summary>The largest tiles that give every multiprocessor one, or else the smallest; with no more threads than a group may have.</summary>
    internal static ProductTiling Of(int rows, int columns, int mostThreads, int multiprocessors)
    {
        ProductTiling tiling = default;
        foreach (ProductTiling choice in s_choices)
        {
            tiling = choice.Within(mostThreads);
            if (tiling.Groups(rows, columns) >= multiprocessors) break;
        }
        return tiling;
    }

    /// <summary>Threads of a group.</summary>
    internal int Threads => Across * Down;

    /// <summary>Groups that cover a result.</summary>
    internal int Groups(int rows, int columns) => Tiles(rows, Block * Down) * Tiles(columns, Block * Across);

    /// <summary>Tiles of that width that cover a length of at least 1.</summary>
    internal static int Tiles(int length, int width) => (length - 1) / width + 1;

    private ProductTiling Within(int mostThreads)
    {
        ProductTiling tiling = this;
        while (tiling.Threads > mostThreads)
            tiling = tiling.Across > tiling.Down ? tiling with { Across = tiling.Across / 2 } : tiling with { Down = tiling.Down / 2 };
        return tiling;
    }
}
