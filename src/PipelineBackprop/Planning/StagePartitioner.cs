namespace PipelineBackprop.Planning;

/// <summary>Cuts a chain of layers into consecutive stages.</summary>
public static class StagePartitioner
{
    /// <summary>
    /// The cut of <paramref name="costs"/> into <paramref name="stages"/> non-empty runs whose dearest run is as cheap as possible (exact, by dynamic
    /// programming); among equal cuts the one with earlier boundaries.
    /// </summary>
    /// <returns>Index of each stage's first layer; the first is 0.</returns>
    public static int[] Balance(IReadOnlyList<long> costs, int stages)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stages);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(stages, costs.Count);
        long[] sums = new long[costs.Count + 1];
        for (int i = 0; i < costs.Count; i++) sums[i + 1] = sums[i] + costs[i];
        // best[s, n]: the least possible dearest run when the first n layers make s stages; cut[s, n]: where the last of them begins.
        var best = new long[stages + 1, costs.Count + 1];
        var cut = new int[stages + 1, costs.Count + 1];
        for (int n = 1; n <= costs.Count; n++) best[1, n] = sums[n];
        for (int s = 2; s <= stages; s++)
        {
            for (int n = s; n <= costs.Count; n++)
            {
                best[s, n] = long.MaxValue;
                for (int first = s - 1; first < n; first++)
                {
                    long dearest = Math.Max(best[s - 1, first], sums[n] - sums[first]);
                    if (dearest >= best[s, n]) continue;
                    best[s, n] = dearest;
                    cut[s, n] = first;
                }
            }
        }
        var boundaries = new int[stages];
        for (int s = stages, n = costs.Count; s > 1; s--) boundaries[s - 1] = n = cut[s, n];
        return boundaries;
    }
}
