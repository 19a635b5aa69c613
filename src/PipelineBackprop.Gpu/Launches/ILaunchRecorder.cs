using ILGPU.Runtime;

namespace PipelineBackprop.Gpu.Launches;

/// <summary>Turns launches into something that the driver starts at once, CUDA's graphs for one. Used on the device's thread.</summary>
internal interface ILaunchRecorder
{
    /// <summary>Records what the launches would put on the stream, and runs nothing of it. Whatever it throws leaves the stream as it was.</summary>
    ILaunchRecording Record(AcceleratorStream stream, IReadOnlyList<Launch> launches);
}
