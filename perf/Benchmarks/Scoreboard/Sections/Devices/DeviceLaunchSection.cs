using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Benchmarks.Scoreboard.Sections.Devices;

/// <summary>What a launch costs, and how much of a copy to the host and back hides behind products.</summary>
internal sealed class DeviceLaunchSection(IDevice device) : ISection
{
    public string Name => "launches";

    public string Title => $"Launches and copies on {device.Name}";

    public async Task MeasureAsync(SectionRun run)
    {
        using ICompute compute = device.Open(new ComputeOptions(Replay: LaunchReplay.Off));
        using var bench = new DeviceWork(compute);
        int launches = DeviceWork.Choose(run, device, 4, 200, 1000);
        DeviceTensor small = bench.Filled(1, 1);
        Samples[] launching = await run.Sampler(seconds: 0.5, rests: false).MeasureAsync(
            repeats => Repeat(repeats, () => Launch(compute, small, launches)),
            repeats => Repeat(repeats, bench.Wait));
        run.Rows.Add(Row.OfTimes("a launch, of many one after another", launching[0].Median / launches, "smallest kernel", null, ""));
        run.Rows.Add(Row.OfTimes("a wait for the device", launching[1].Median, "one element read", null, ""));
        await MeasureOverlapAsync(run, compute, bench, DeviceWork.Choose(run, device, 8, 1024, 2048));

        void Launch(ICompute on, DeviceTensor target, int count)
        {
            for (int i = 0; i < count; i++) on.Fill(target, 0);
            bench.Wait();
        }
    }

    // As many products as last about as long as the copies, so that all of them could be hidden.
    private static async Task MeasureOverlapAsync(SectionRun run, ICompute compute, DeviceWork bench, int side)
    {
        DeviceTensor a = bench.Filled(side, side), b = bench.Filled(side, side), c = bench.Filled(side, side), sent = bench.Filled(side, side), received = bench.Filled(side, side);
        Sampler sampler = run.Sampler(seconds: 0.5, rests: false);
        Samples[] alone = await sampler.MeasureAsync(repeats => Repeat(repeats, () => Copy(behind: 0)), repeats => Repeat(repeats, () => Multiply(1)));
        int products = run.Depth == Depth.Smoke ? 1 : Math.Max(1, (int)Math.Round(alone[0].Median / alone[1].Median));
        Samples[] both = await sampler.MeasureAsync(
            repeats => Repeat(repeats, () => Copy(behind: 0)), repeats => Repeat(repeats, () => Multiply(products)), repeats => Repeat(repeats, () => Copy(products)));
        double copy = both[0].Median, multiply = both[1].Median, together = both[2].Median;
        run.Rows.Add(Row.OfSpeeds("copy to the host and back", Measure.OfBytes(2.0 * side * side * sizeof(float), copy, $"{side}×{side}"), null));
        run.Rows.Add(new Row("of the copies, hidden behind products", new Measure((copy + multiply - together) / Math.Min(copy, multiply), "", $"{products} products"), null, null));

        void Launch(int count)
        {
            for (int i = 0; i < count; i++) compute.MatrixProduct(a, false, b, true, c, accumulate: false);
        }

        void Multiply(int count)
        {
            Launch(count);
            bench.Wait();
        }

        // What is launched behind the export can hide both copies.
        void Copy(int behind)
        {
            DeviceTensor exported = compute.Export(sent, bench.Host);
            Launch(behind);
            compute.Import(exported, received);
            exported.Release();
            compute.Scale(received, 1, received);
            bench.Wait();
        }
    }

    private static Task Repeat(int repeats, Action action)
    {
        for (int i = 0; i < repeats; i++) action();
        return Task.CompletedTask;
    }
}
