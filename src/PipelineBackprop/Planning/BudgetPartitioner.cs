using PipelineBackprop.Schedules;

namespace PipelineBackprop.Planning;

/// <summary>
/// Cuts a chain of layers into stages that share memories: the cut, and the recomputation of each stage, whose busiest stage is as little busy as possible
/// among those that fit. Exact: dynamic programming over all ways that no other surpasses in both time and memory.
/// </summary>
internal sealed class BudgetPartitioner
{
    private readonly int[] _memoryOfStage;
    private readonly IReadOnlyList<long?> _budgets;
    private readonly int[] _lastStageOf; // by memory: behind this stage it is taken from no more

    /// <param name="memoryOfStage">The memory that each stage takes from.</param>
    /// <param name="budgets">The most bytes of each memory; null for any.</param>
    public BudgetPartitioner(IEnumerable<int> memoryOfStage, IReadOnlyList<long?> budgets)
    {
        _memoryOfStage = [.. memoryOfStage];
        _budgets = budgets;
        _lastStageOf = [.. budgets.Select((_, memory) => Array.LastIndexOf(_memoryOfStage, memory))];
    }

    /// <summary>The best cut; null when none fits.</summary>
    /// <param name="layers">How many layers there are, at least as many as stages.</param>
    /// <param name="options">Ways to run a stage that has the layers from the first to before the last given.</param>
    public (int[] Boundaries, Recomputation[] Recomputation)? Cut(int layers, Func<int, int, int, IEnumerable<StageOption>> options)
    {
        int stages = _memoryOfStage.Length;
        List<Way>[] before = [.. Enumerable.Range(0, layers + 1).Select(_ => new List<Way>())];
        before[0].Add(new Way(0, new long[_budgets.Count], null, 0, Recomputation.Never));
        for (int stage = 0; stage < stages; stage++)
        {
            List<Way>[] next = [.. Enumerable.Range(0, layers + 1).Select(_ => new List<Way>())];
            int lastEnd = layers - (stages - 1 - stage);
            for (int first = stage; first < lastEnd; first++)
            {
                if (before[first].Count == 0) continue;
                for (int end = stage == stages - 1 ? layers : first + 1; end <= lastEnd; end++)
                    foreach (StageOption option in options(stage, first, end))
                        foreach (Way way in before[first])
                            Add(next[end], way, stage, first, option);
            }
            before = next;
        }
        return before[layers].MinBy(way => way.Busiest) is { } best ? best.Path(stages) : null;
    }

    private void Add(List<Way> ways, Way before, int stage, int first, StageOption option)
    {
        int memory = _memoryOfStage[stage];
        long[] used = before.Used;
        if (_budgets[memory] is { } budget)
        {
            if (used[memory] + option.Bytes > budget) return;
            used = [.. used];
            used[memory] = stage == _lastStageOf[memory] ? 0 : used[memory] + option.Bytes;
        }
        var way = new Way(Math.Max(before.Busiest, option.Busy), used, before, first, option.Recomputation);
        if (ways.Exists(other => other.Surpasses(way))) return;
        ways.RemoveAll(way.Surpasses);
        ways.Add(way);
    }

    /// <summary>The stages so far.</summary>
    private sealed record Way(double Busiest, long[] Used, Way? Before, int First, Recomputation Recomputation)
    {
        /// <summary>Whether it is as good in everything; equals stay in the order they come.</summary>
        public bool Surpasses(Way other)
        {
            if (Busiest > other.Busiest) return false;
            for (int memory = 0; memory < Used.Length; memory++)
                if (Used[memory] > other.Used[memory]) return false;
            return true;
        }

        public (int[] Boundaries, Recomputation[] Recomputation) Path(int stages)
        {
            var boundaries = new int[stages];
            var recomputation = new Recomputation[stages];
            Way way = this;
            for (int stage = stages - 1; stage >= 0; stage--, way = way.Before!) (boundaries[stage], recomputation[stage]) = (way.First, way.Recomputation);
            return (boundaries, recomputation);
        }
    }
}
