using ILGPU.Runtime;

namespace PipelineBackprop.Gpu.Transfers;

/// <summary>For a device whose launches return when they are done: there is nothing to wait for.</summary>
internal sealed class ImmediateStreamOrder : StreamOrder
{
    internal override void Wait(AcceleratorStream stream, Fence fence) => fence.WaitOnHost();

    internal override Fence Create() => new Done();

    private sealed class Done : Fence
    {
        private protected override void Record(AcceleratorStream stream) { }

        private protected override void Synchronize() { }

        private protected override void Free() { }
    }
}
