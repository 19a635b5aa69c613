using ILGPU.Runtime;

namespace PipelineBackprop.Gpu.Transfers;

/// <summary>For a driver without the functions that are needed: the host waits at each fence as it is set.</summary>
internal sealed class BlockingStreamOrder : StreamOrder
{
    internal override void Wait(AcceleratorStream stream, Fence fence) => fence.WaitOnHost();

    internal override Fence Create() => new Reached();

    private sealed class Reached : Fence
    {
        private protected override void Record(AcceleratorStream stream) => stream.Synchronize();

        private protected override void Synchronize() { }

        private protected override void Free() { }
    }
}
