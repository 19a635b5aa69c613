using System.Globalization;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using PipelineBackprop.Gpu.Transfers;

namespace PipelineBackprop.Gpu.Launches;

/// <summary>Records launches as a CUDA graph: the driver starts all of it by one call. It has not been run on a GPU yet.</summary>
internal sealed unsafe class CudaGraphRecorder(CudaAccelerator accelerator, CudaGraphDriver driver) : ILaunchRecorder
{
    public ILaunchRecording Record(AcceleratorStream stream, IReadOnlyList<Launch> launches)
    {
        accelerator.Bind();
        nint graph = Capture(((CudaStream)stream).StreamPtr, stream, launches);
        try
        {
            RequireAll(graph, launches.Count);
            nint executable;
            CudaDriver.Require(driver.Instantiate(&executable, graph, 0), "cuGraphInstantiateWithFlags");
            return new CudaGraph(accelerator, driver, executable);
        }
        finally
        {
            // The executable has what it needs.
            _ = driver.Destroy(graph);
        }
    }

    private nint Capture(nint pointer, AcceleratorStream stream, IReadOnlyList<Launch> launches)
    {
        nint graph = 0;
        CudaDriver.Require(driver.BeginCapture(pointer, CudaGraphDriver.ThreadLocal), "cuStreamBeginCapture");
        try
        {
            foreach (Launch launch in launches) launch.Run(stream);
        }
        catch
        {
            // The stream must not stay in its recording, or nothing would run on it any more.
            _ = driver.EndCapture(pointer, &graph);
            if (graph != 0) _ = driver.Destroy(graph);
            throw;
        }
        CudaDriver.Require(driver.EndCapture(pointer, &graph), "cuStreamEndCapture");
        return graph;
    }

    // Whatever a launch puts on another stream is not in the graph.
    private void RequireAll(nint graph, int launches)
    {
        nuint nodes;
        CudaDriver.Require(driver.GetNodes(graph, null, &nodes), "cuGraphGetNodes");
        if (nodes >= (nuint)launches) return;
        throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"CUDA: a graph of {launches} launches has {nodes} nodes only"));
    }

    private sealed class CudaGraph(CudaAccelerator accelerator, CudaGraphDriver driver, nint executable) : ILaunchRecording
    {
        private nint _executable = executable;

        public void Replay(AcceleratorStream stream)
        {
            accelerator.Bind();
            CudaDriver.Require(driver.Launch(_executable, ((CudaStream)stream).StreamPtr), "cuGraphLaunch");
        }

        public void Dispose()
        {
            if (_executable == 0) return;
            accelerator.Bind();
            _ = driver.DestroyExecutable(_executable);
            _executable = 0;
        }
    }
}
