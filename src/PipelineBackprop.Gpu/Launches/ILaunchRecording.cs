using ILGPU.Runtime;

namespace PipelineBackprop.Gpu.Launches;

/// <summary>Launches that were recorded, with the arguments of then. Used and disposed on the device's thread.</summary>
internal interface ILaunchRecording : IDisposable
{
    /// <summary>Puts all of them on the stream, or throws and puts none.</summary>
    void Replay(AcceleratorStream stream);
}
