using PipelineBackprop.Layers;

namespace PipelineBackprop.Blocks;

/// <summary>
/// What one layer keeps for its backward pass: a frame for every micro-batch between its forward action and its weight gradient. Used on the
/// stage's thread only.
/// </summary>
internal sealed class ActivationStash
{
    private readonly Dictionary<int, StashFrame> _frames = [];
    private readonly Stack<StashFrame> _spare = [];

    public StashFrame Open(int microBatch)
    {
        StashFrame frame = _spare.Count > 0 ? _spare.Pop() : new StashFrame();
        _frames.Add(microBatch, frame);
        return frame;
    }

    public StashFrame this[int microBatch] => _frames.TryGetValue(microBatch, out StashFrame? frame)
        ? frame
        : throw new InvalidOperationException($"The stash has no frame of micro-batch {microBatch}: its forward action has not run.");

    public void Close(int microBatch)
    {
        if (!_frames.Remove(microBatch, out StashFrame? frame)) return;
        frame.Clear();
        _spare.Push(frame);
    }

    public void Clear()
    {
        foreach (StashFrame frame in _frames.Values)
        {
            frame.Clear();
            _spare.Push(frame);
        }
        _frames.Clear();
    }
}
