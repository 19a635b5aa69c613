using PipelineBackprop.Blocks;

namespace PipelineBackprop.Stages;

/// <summary>What has arrived at a stage, by micro-batch, until the schedule asks for it. Used on the stage's thread only.</summary>
internal sealed class StageSlots
{
    private Dual[] _values = [];
    private bool[] _arrived = [];

    /// <summary>Makes room for that many micro-batches, all empty.</summary>
    public void Reset(int microBatches)
    {
        Clear();
        if (_values.Length >= microBatches) return;
        _values = new Dual[microBatches];
        _arrived = new bool[microBatches];
    }

    public bool Has(int microBatch) => _arrived[microBatch];

    /// <summary>Whether a tensor has arrived.</summary>
    public bool HasValue(int microBatch) => _values[microBatch].Value is not null;

    /// <summary>Keeps what arrived; without a tensor it says that it came and holds nothing.</summary>
    public void Put(int microBatch, Dual value)
    {
        _values[microBatch] = value;
        _arrived[microBatch] = true;
    }

    public Dual Take(int microBatch)
    {
        Dual value = _values[microBatch];
        _values[microBatch] = default;
        _arrived[microBatch] = false;
        return value;
    }

    public void Clear()
    {
        for (int i = 0; i < _values.Length; i++) Take(i).Release();
    }
}
