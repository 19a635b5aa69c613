namespace PipelineBackprop.Schedules;

/// <summary>
/// What one device of a <see cref="FoldedPattern"/> does in each slot of time: one of five steps, or nothing. The first four steps
/// are those of a micro-batch in the order it passes them; W takes the oldest input gradient whose weight gradient is still open.
/// </summary>
internal sealed class PatternLane
{
    public const int DownForward = 0, UpForward = 1, UpGradient = 2, DownGradient = 3, Weight = 4;

    /// <summary>The number of different steps.</summary>
    public const int Steps = 5;

    private const int Nothing = -1;
    private readonly List<int>[] _slots = [[], [], [], [], []];
    private readonly List<int> _stepAt = [];

    /// <summary>The slots of a step, by micro-batch; those of W by age of their input gradient.</summary>
    public IReadOnlyList<int> SlotsOf(int step) => _slots[step];

    /// <summary>Puts the next of a step into a free slot.</summary>
    public void Add(int step, int slot)
    {
        _slots[step].Add(slot);
        Set(slot, step);
    }

    /// <summary>Moves the n-th of a step into a free slot.</summary>
    public void Move(int step, int index, int slot)
    {
        Set(_slots[step][index], Nothing);
        _slots[step][index] = slot;
        Set(slot, step);
    }

    public bool IsFree(int slot) => slot >= _stepAt.Count || _stepAt[slot] == Nothing;

    /// <summary>The steps in order of time.</summary>
    public IEnumerable<int> InOrder() => _stepAt.Where(step => step != Nothing);

    /// <summary>Takes every W out.</summary>
    public void RemoveWeights()
    {
        foreach (int slot in _slots[Weight]) Set(slot, Nothing);
        _slots[Weight].Clear();
    }

    /// <summary>Puts each W into the first free slot behind its input gradient.</summary>
    public void AddWeights()
    {
        foreach ((int step, int slot) in WithWeights().ToArray())
        {
            if (step == Weight) Add(Weight, slot);
        }
    }

    /// <summary>The slot of the n-th input gradient of the device.</summary>
    public int GradientSlot(int index) => _slots[UpGradient].Concat(_slots[DownGradient]).Order().ElementAt(index);

    /// <summary>The most micro-batches held at once by both stages between F and W; W that are not there yet count as in <see cref="AddWeights"/>.</summary>
    public int PeakHeld()
    {
        int held = 0, peak = 0;
        foreach ((int step, _) in WithWeights())
        {
            held += step is DownForward or UpForward ? 1 : step == Weight ? -1 : 0;
            peak = Math.Max(peak, held);
        }
        return peak;
    }

    private IEnumerable<(int Step, int Slot)> WithWeights()
    {
        int open = 0;
        bool missing = _slots[Weight].Count == 0;
        for (int slot = 0; slot < _stepAt.Count || (missing && open > 0); slot++)
        {
            int step = slot < _stepAt.Count ? _stepAt[slot] : Nothing;
            if (step is UpGradient or DownGradient) open++;
            if (step == Nothing && missing && open > 0)
            {
                step = Weight;
                open--;
            }
            if (step != Nothing) yield return (step, slot);
        }
    }

    private void Set(int slot, int step)
    {
        while (_stepAt.Count <= slot) _stepAt.Add(Nothing);
        _stepAt[slot] = step;
    }
}
