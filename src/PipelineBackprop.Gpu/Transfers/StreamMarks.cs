using ILGPU.Runtime;

namespace PipelineBackprop.Gpu.Transfers;

/// <summary>The fences of one stream, used in turn. Used and disposed on the device's thread.</summary>
internal sealed class StreamMarks(StreamOrder order, AcceleratorStream stream) : IDisposable
{
    private const int Count = 64;

    private readonly Fence?[] _ring = new Fence?[Count];
    private int _next;

    /// <summary>A fence behind everything launched to the stream so far. When it comes round again it is set further on in the same stream.</summary>
    internal Fence Set()
    {
        Fence fence = _ring[_next] ??= order.Create();
        _next = (_next + 1) % Count;
        fence.Set(stream);
        return fence;
    }

    /// <summary>Frees the fences; everything launched must be done.</summary>
    public void Dispose()
    {
        foreach (Fence? fence in _ring) fence?.Close();
    }
}
