using PipelineBackprop.Tensors;

namespace PipelineBackprop.Layers;

/// <summary>What one layer keeps of one micro-batch between its forward and its backward pass. Used on the stage's thread only.</summary>
public sealed class StashFrame
{
    /// <summary>Most tensors a layer may keep for one micro-batch.</summary>
    public const int Slots = 6;

    /// <summary>The frame of a forward pass that keeps nothing.</summary>
    internal static StashFrame None { get; } = new();

    private readonly DeviceTensor?[] _saved = new DeviceTensor?[Slots];

    /// <summary>Whether nothing is kept.</summary>
    public bool IsEmpty => Array.TrueForAll(_saved, tensor => tensor is null);

    /// <summary>The tensor in a slot.</summary>
    /// <exception cref="InvalidOperationException">Nothing was saved there.</exception>
    public DeviceTensor this[int slot] =>
        _saved[slot] ?? throw new InvalidOperationException($"Slot {slot} of the stash frame is empty: forward saved nothing there.");

    /// <summary>Whether something is kept in a slot.</summary>
    internal bool Has(int slot) => _saved[slot] is not null;

    /// <summary>Slots that keep that tensor.</summary>
    internal int CountOf(DeviceTensor tensor)
    {
        int count = 0;
        foreach (DeviceTensor? saved in _saved)
            if (ReferenceEquals(saved, tensor)) count++;
        return count;
    }

    internal void Save(int slot, DeviceTensor tensor)
    {
        if (_saved[slot] is not null) throw new InvalidOperationException($"Slot {slot} of the stash frame is already taken.");
        _saved[slot] = tensor.Retain();
    }

    internal void Clear()
    {
        for (int slot = 0; slot < _saved.Length; slot++)
        {
            _saved[slot]?.Release();
            _saved[slot] = null;
        }
    }
}
