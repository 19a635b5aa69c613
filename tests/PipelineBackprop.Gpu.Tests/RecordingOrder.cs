using ILGPU.Runtime;
using PipelineBackprop.Gpu.Transfers;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>Writes down what waits for what: fences are numbered as they are set, streams as they are first seen, the computing one first.</summary>
internal sealed class RecordingOrder : StreamOrder
{
    private readonly List<AcceleratorStream> _streams = [];
    private int _set;

    internal RecordingOrder(AcceleratorStream compute) => _streams.Add(compute);

    /// <summary><c>"1 on compute"</c> when a fence is set, <c>"other1 waits for 1"</c> when a stream waits.</summary>
    internal List<string> Log { get; } = [];

    internal override Fence Create() => new Numbered(this);

    internal override void Wait(AcceleratorStream stream, Fence fence) => Log.Add($"{NameOf(stream)} waits for {fence}");

    private string NameOf(AcceleratorStream stream)
    {
        int index = _streams.IndexOf(stream);
        if (index < 0)
        {
            index = _streams.Count;
            _streams.Add(stream);
        }
        return index == 0 ? "compute" : $"other{index}";
    }

    private sealed class Numbered(RecordingOrder order) : Fence
    {
        private int _number;

        public override string ToString() => $"{_number}";

        private protected override void Record(AcceleratorStream stream)
        {
            _number = ++order._set;
            order.Log.Add($"{_number} on {order.NameOf(stream)}");
        }

        private protected override void Synchronize() => order.Log.Add($"host waits for {_number}");

        private protected override void Free() { }
    }
}
