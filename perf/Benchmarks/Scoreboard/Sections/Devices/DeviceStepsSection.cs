using PipelineBackprop.Benchmarks.Scoreboard.Peers;
using PipelineBackprop.Compute;
using PipelineBackprop.Training;

namespace PipelineBackprop.Benchmarks.Scoreboard.Sections.Devices;

/// <summary>Training steps on a device in every precision, against PyTorch, eager and compiled, on the same GPU; and two stages against one.</summary>
internal sealed class DeviceStepsSection(IDevice device, IDevice second) : ISection
{
    private static readonly ProductPrecision[] s_precisions = [ProductPrecision.Float32, ProductPrecision.Tf32, ProductPrecision.Bf16];

    // Files for the peer are written up to so many parameters; a larger network it makes itself, of random numbers.
    private const long MostParametersOfFiles = 10_000_000;

    // As many steps as leave the weights numbers of normal size in spite of the strong decay.
    private static readonly string[] s_equalWork = [.. EqualWork.PeerOptions, "--steps", "10000"];

    // Eight layers of 4096 are bound by products, the other network by launches.
    private static readonly (StepCase Case, double LeastInFloat, double LeastInBf16)[] s_networks =
    [
        (new StepCase([.. Enumerable.Repeat(4096, 9)], 4096, Stages: 1, MicroBatches: 1, Threads: 1), 0.95, 0.9),
        (new StepCase([784, 1024, 1024, 1024, 10], 256, Stages: 1, MicroBatches: 1, Threads: 1), 1.5, 1.5),
    ];

    private static readonly (StepCase Case, double LeastInFloat, double LeastInBf16)[] s_smoke = [(new StepCase([5, 6, 4], 8, Stages: 1, MicroBatches: 1, Threads: 1), 1, 1)];

    public string Name => "steps";

    public string Title => $"Training steps on {device.Name}";

    public async Task MeasureAsync(SectionRun run)
    {
        run.Notes.Add("Relu, softmax cross-entropy, SGD with weight decay; the minibatch comes from the host in every step, the peer's lies on the device. Ratios are to PyTorch eager.");
        foreach ((StepCase step, double leastInFloat, double leastInBf16) in DeviceWork.Choose(run, device, s_smoke, s_networks, s_networks))
        {
            double? one = null;
            using EqualWork? work = KnowsPeer(run) && step.Parameters <= MostParametersOfFiles ? await EqualWork.PrepareAsync(run, step) : null;
            foreach (ProductPrecision precision in s_precisions)
            {
                double seconds = await SecondsAsync(run, step, precision, [device]);
                one ??= seconds;
                PeerResult? eager = await PeerAsync(run, step, precision, work, "eager"), compiled = await PeerAsync(run, step, precision, work, "compiled", "--compile");
                double least = precision == ProductPrecision.Bf16 ? leastInBf16 : leastInFloat;
                run.Rows.Add(Row.OfTimes($"step {Of(step)}, {precision}", seconds, device.Name, eager?.Seconds, "PyTorch eager", least));
                if (precision == ProductPrecision.Float32 && device.Description.Capabilities.Contains("replay"))
                {
                    double oneByOne = await SecondsAsync(run, step, precision, [device], LaunchReplay.Off);
                    run.Rows.Add(Row.OfTimes($"step {Of(step)}, {precision}, replayed", seconds, device.Name, oneByOne, "launched one by one"));
                }
                if (compiled is not null) run.Rows.Add(Row.OfTimes($"step {Of(step)}, {precision}, against the compiled peer", seconds, device.Name, compiled.Seconds, "PyTorch compiled"));
            }
            await MeasureStagesAsync(run, step, one!.Value);
        }
    }

    private static string Of(StepCase step) => $"{Words.Network(step.Widths)}, batch {step.Examples}";

    private async Task MeasureStagesAsync(SectionRun run, StepCase step, double one)
    {
        StepCase two = step with { Stages = 2, MicroBatches = 4 };
        double seconds = await SecondsAsync(run, two, ProductPrecision.Float32, [device, second]);
        run.Rows.Add(Row.OfTimes($"2 stages of {Of(step)}, m = 4", seconds, $"{device.Name}, {second.Name}", one, $"1 stage on {device.Name}"));
    }

    private static async Task<double> SecondsAsync(SectionRun run, StepCase step, ProductPrecision precision, IReadOnlyList<IDevice> devices, LaunchReplay replay = LaunchReplay.Auto)
    {
        await using Pipeline pipeline = await Pipeline.CreateAsync(step.Options with { Precision = precision, Devices = devices, Replay = replay });
        Minibatch minibatch = step.CreateMinibatch();
        Samples[] samples = await run.Sampler(seconds: 3, rests: false).MeasureAsync(async repeats =>
        {
            for (int i = 0; i < repeats; i++) await pipeline.TrainStepAsync(minibatch);
        });
        return samples[0].Median;
    }

    private bool KnowsPeer(SectionRun run)
    {
        if (run.Peers is null) return false;
        if (device.Description.Kind == "cuda") return true;
        string note = $"not measured: PyTorch, which does not know {device.Name}.";
        if (!run.Notes.Contains(note)) run.Notes.Add(note);
        return false;
    }

    private async Task<PeerResult?> PeerAsync(SectionRun run, StepCase step, ProductPrecision precision, EqualWork? work, string label, params string[] more)
    {
        if (!KnowsPeer(run)) return null;
        string[] made = ["--sizes", Words.Network(step.Widths), "--batch", $"{step.Examples}"];
        string[] options =
        [
            .. work is null ? made : s_equalWork, "--device", device.Name, "--precision", precision.ToString().ToLowerInvariant(), "--seconds", run.IsFull ? "3" : "1", .. more,
        ];
        IReadOnlyList<PeerResult> results = await run.Peers!.RunAsync(run, "step", work?.Files, options, [($"{label}, {precision}", [])]);
        // Rounder products give other losses, but it is the same program that makes them.
        return (work is null || precision != ProductPrecision.Float32 ? results : work.Equal(run, $"step {Of(step)}", results)).SingleOrDefault();
    }
}
