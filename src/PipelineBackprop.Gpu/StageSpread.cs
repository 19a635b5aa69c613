using PipelineBackprop.Compute;

namespace PipelineBackprop.Gpu;

/// <summary>Spreads consecutive stages over devices.</summary>
internal static class StageSpread
{
    /// <summary>
    /// The index of every stage's device. Each device takes a run of consecutive stages, in device order, or none. Where everything fits, the busiest device
    /// has the least possible cost (by dynamic programming); otherwise the fullest device is as little too full as possible. Earlier devices are used first.
    /// </summary>
    /// <param name="memory">Bytes of each device.</param>
    /// <param name="stages">What each stage asks for.</param>
    /// <param name="seconds">What each device takes for each stage; null where the cost of a stage is the same on all of them.</param>
    internal static int[] Over(IReadOnlyList<long> memory, IReadOnlyList<StageDemand> stages, IReadOnlyList<IReadOnlyList<double>>? seconds = null)
    {
        int devices = memory.Count, count = stages.Count;
        var best = new Load[devices + 1, count + 1];
        var from = new int[devices + 1, count + 1];
        for (int n = 1; n <= count; n++) best[0, n] = Load.Impossible;
        for (int d = 1; d <= devices; d++)
        {
            for (int n = 0; n <= count; n++)
            {
                best[d, n] = Load.Impossible;
                double bytes = 0, cost = 0;
                for (int first = n; first >= 0; first--)
                {
                    if (first < n) (bytes, cost) = (bytes + stages[first].Bytes, cost + (seconds is null ? stages[first].Cost : seconds[d - 1][first]));
                    Load load = Load.Worse(best[d - 1, first], new Load(Math.Max(1, bytes / Math.Max(1, memory[d - 1])), cost));
                    // Among equals the device takes as few stages as it may: earlier devices are used first.
                    if (load.CompareTo(best[d, n]) >= 0) continue;
                    best[d, n] = load;
                    from[d, n] = first;
                }
            }
        }
        var chosen = new int[count];
        for (int d = devices, n = count; d > 0; n = from[d, n], d--)
            for (int stage = from[d, n]; stage < n; stage++) chosen[stage] = d - 1;
        return chosen;
    }

    /// <summary>How full the fullest device is, 1 while everything fits, and the cost of the busiest.</summary>
    private readonly record struct Load(double Fullness, double Cost) : IComparable<Load>
    {
        public static Load Impossible => new(double.PositiveInfinity, double.PositiveInfinity);

        public static Load Worse(Load a, Load b) => new(Math.Max(a.Fullness, b.Fullness), Math.Max(a.Cost, b.Cost));

        public int CompareTo(Load other) => Fullness != other.Fullness ? Fullness.CompareTo(other.Fullness) : Cost.CompareTo(other.Cost);
    }
}
