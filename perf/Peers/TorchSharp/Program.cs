using System.Reflection;
using PipelineBackprop.Peers;
using PipelineBackprop.Peers.TorchSharp;
using TorchSharp;

return PeerProgram.Run("TorchSharp", () =>
{
    PeerOptions options = PeerOptions.Parse(args, FunctionalStep.Name, ModuleStep.Name);
    PeerProgram.LoadNative("libLibTorchSharp.so", "Linux on x64 with libstdc++ of GCC 13 or newer");
    torch.set_num_threads(options.Threads);
    torch.set_num_interop_threads(1);
    var result = new Dictionary<string, object>
    {
        ["peer"] = "torchsharp",
        ["versions"] = new Dictionary<string, string>
        {
            ["TorchSharp"] = typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0],
            ["libtorch"] = torch.__version__,
            [".NET"] = Environment.Version.ToString(),
        },
    };
    if (options.IsCheck) return result;

    DenseCase work = DenseCase.Load(options);
    using ITrainingStep step = options.Variant == FunctionalStep.Name ? new FunctionalStep(work, options) : new ModuleStep(work, options);
    double[] losses = [.. Enumerable.Range(0, 10).Select(_ => (double)step.Run())];
    Timing timing = Timing.Of(() => step.Run(), options);

    result["variant"] = options.Variant;
    result["device"] = "cpu";
    result["precision"] = "float32";
    result["sizes"] = work.Sizes;
    result["batch"] = work.Batch;
    result["threads"] = torch.get_num_threads();
    result["lr"] = options.LearningRate;
    result["lambda"] = options.Lambda;
    result["medianMs"] = timing.Median;
    result["minimumMs"] = timing.Minimum;
    result["samples"] = timing.Samples;
    result["turnsMs"] = timing.Turns;
    result["losses"] = losses;
    return result;
});
