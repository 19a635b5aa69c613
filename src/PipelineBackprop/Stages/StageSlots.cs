using PipelineBackprop.Tensors;

namespace PipelineBackprop.Stages;

/// <summary>What has arrived at a stage, by micro-batch, until the schedule asks for it. Used on the stage's thread only.</summary>
internal sealed class StageSlots
{
    private DeviceTensor?[] _values = [];
    private bool[] _arrived = [];

    /// <summary>Makes room for that many micro-batches, all empty.</summary>
    public void Reset(int microBatches)
    {
        Clear();
        if (_values.Length >= microBatches) return;
        _values = new DeviceTensor?[microBatches];
        _arrived = new bool[microBatches];
    }

    public bool Has(int microBatch) => _arrived[microBatch];

    /// <summary>Whether a tensor has arrived.</summary>
    public bool HasValue(int microBatch) => _values[microBatch] is not null;

    /// <summary>Keeps what arrived; null says that it came and holds nothing.</summary>
    public void Put(int microBatch, DeviceTensor? value)
    {
        _values[microBatch] = value;
        _arrived[microBatch] = true;
    }

    public DeviceTensor? Take(int microBatch)
    {
        DeviceTensor? value = _values[microBatch];
        _values[microBatch] = null;
        _arrived[microBatch] = false;
        return value;
    }

    public void Clear()
    {
        for (int i = 0; i < _values.Length; i++) Take(i)?.Release();
    }
}
