using Microsoft.ML.OnnxRuntime;

namespace PipelineBackprop.Peers.OnnxRuntime;

/// <summary>A session for a fixed batch whose input and output lie in memory that is used again, which is the library's fastest way.</summary>
internal sealed class Inference : IDisposable
{
    private readonly float[] _outputs;
    private readonly int _classes;
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly OrtIoBinding _binding;
    private readonly OrtValue _input, _output;

    public Inference(DenseCase work, int threads)
    {
        _classes = work.Sizes[^1];
        _outputs = new float[work.Batch * _classes];
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
        };
        _session = new InferenceSession(OnnxModel.Of(work), options);
        _input = OrtValue.CreateTensorValueFromMemory(work.Inputs, [work.Batch, work.Sizes[0]]);
        _output = OrtValue.CreateTensorValueFromMemory(_outputs, [work.Batch, _classes]);
        _binding = _session.CreateIoBinding();
        _binding.BindInput(OnnxModel.Input, _input);
        _binding.BindOutput(OnnxModel.Output, _output);
    }

    /// <summary>What the network says of the first example, after a <see cref="Run"/>.</summary>
    public float[] FirstRow => _outputs[.._classes];

    /// <summary>One forward pass of the batch.</summary>
    public void Run() => _session.RunWithBinding(_runOptions, _binding);

    public void Dispose()
    {
        _binding.Dispose();
        _input.Dispose();
        _output.Dispose();
        _runOptions.Dispose();
        _session.Dispose();
    }
}
