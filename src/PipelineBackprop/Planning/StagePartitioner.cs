using System.Numerics;

namespace PipelineBackprop.Planning;

/// <summary>Cuts a chain of layers into consecutive stages.</summary>
public static class StagePartitioner
{
    /// <summary>
    /// The cut of <paramref name="costs"/> into <paramref name="stages"/> non-empty runs whose dearest run is as cheap as possible (exact, by dynamic
    /// programming); among equal cuts the one whose last run begins first, the layers before it cut by the same rule.
    /// </summary>
    /// <returns>Index of each stage's first layer; the first is 0.</returns>
    public static int[] Balance(IReadOnlyList<long> costs, int stages)
    {
        ArgumentNullException.ThrowIfNull(costs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stages);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(stages, costs.Count);
        long[] sums = new long[costs.Count + 1];
        for (int i = 0; i < costs.Count; i++) sums[i + 1] = sums[i] + costs[i];
        return Balance<long>(costs.Count, stages, (_, first, end) => sums[end] - sums[first])!;
    }

    /// <summary>
    /// The cut of <paramref name="layers"/> layers into <paramref name="stages"/> non-empty runs whose dearest run is as cheap as possible, among those
    /// in which every run is possible; exact, by dynamic programming.
    /// </summary>
    /// <param name="layers">How many layers there are, at least 1.</param>
    /// <param name="stages">How many runs, 1 to <paramref name="layers"/>.</param>
    /// <param name="cost">What a stage costs that has the layers from the first to before the last given, or null where it cannot have them.</param>
    /// <returns>Index of each stage's first layer; the first is 0. Null when no cut is possible.</returns>
    public static int[]? Balance<T>(int layers, int stages, Func<int, int, int, T?> cost)
        where T : struct, INumber<T>
    {
        ArgumentNullException.ThrowIfNull(cost);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stages);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(stages, layers);
        // best[s, n]: the least possible dearest run when the first n layers make s stages; cut[s, n]: where the last of them begins.
        var best = new T?[stages + 1, layers + 1];
        var cut = new int[stages + 1, layers + 1];
        for (int n = 1; n <= layers; n++) best[1, n] = cost(0, 0, n);
        for (int s = 2; s <= stages; s++)
        {
            for (int n = s; n <= layers; n++)
            {
                for (int first = s - 1; first < n; first++)
                {
                    if (best[s - 1, first] is not { } before || cost(s - 1, first, n) is not { } own) continue;
                    T dearest = T.Max(before, own);
                    if (best[s, n] is { } known && dearest >= known) continue;
                    best[s, n] = dearest;
                    cut[s, n] = first;
                }
            }
        }
        if (best[stages, layers] is null) return null;
        var boundaries = new int[stages];
        for (int s = stages, n = layers; s > 1; s--) boundaries[s - 1] = n = cut[s, n];
        return boundaries;
    }
}
