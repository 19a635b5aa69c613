using Microsoft.ML.OnnxRuntime;
using PipelineBackprop.Peers;
using PipelineBackprop.Peers.OnnxRuntime;

return PeerProgram.Run("ONNX Runtime", () =>
{
    PeerOptions options = PeerOptions.Parse(args);
    PeerProgram.LoadNative("libonnxruntime.so", "Linux on x64 with glibc 2.28 or newer");
    OrtEnv environment = OrtEnv.Instance();
    environment.DisableTelemetryEvents();
    var result = new Dictionary<string, object>
    {
        ["peer"] = "onnxruntime",
        ["versions"] = new Dictionary<string, string> { ["ONNX Runtime"] = environment.GetVersionString(), [".NET"] = Environment.Version.ToString() },
    };
    if (options.IsCheck) return result;

    DenseCase work = DenseCase.Load(options);
    using var inference = new Inference(work, options.Threads);
    Timing timing = Timing.Of(inference.Run, options);

    result["device"] = "cpu";
    result["precision"] = "float32";
    result["sizes"] = work.Sizes;
    result["batch"] = work.Batch;
    result["threads"] = options.Threads;
    result["medianUs"] = timing.Median * 1000;
    result["minimumUs"] = timing.Minimum * 1000;
    result["samples"] = timing.Samples;
    result["turnsUs"] = timing.Turns.Select(turn => turn * 1000).ToArray();
    result["outputs"] = inference.FirstRow;
    return result;
});
