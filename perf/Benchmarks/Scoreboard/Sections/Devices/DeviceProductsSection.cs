using PipelineBackprop.Compute;
using PipelineBackprop.Gpu;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Benchmarks.Scoreboard.Sections.Devices;

/// <summary>Matrix products of a device in every precision: the vendor's library, and ILGPU's kernel against it.</summary>
internal sealed class DeviceProductsSection(IDevice device) : ISection
{
    private const double LeastOfVendor = 0.6;

    public string Name => "products";

    public string Title => $"Matrix products on {device.Name}";

    public async Task MeasureAsync(SectionRun run)
    {
        int side = DeviceWork.Choose(run, device, 8, 2048, 4096);
        ProductPrecision[] precisions = [ProductPrecision.Float32, ProductPrecision.Tf32, ProductPrecision.Bf16];
        foreach (ProductPrecision precision in precisions)
        {
            using var gpu = (GpuCompute)device.Open(new ComputeOptions(Precision: precision));
            Measure? vendor = gpu.UsesVendorLibrary ? await SpeedAsync(run, gpu, side, device.Description.MatrixLibrary) : null;
            if (vendor is not null) run.Rows.Add(Row.OfSpeeds($"product {side}³, {precision}, vendor's library", vendor, null));
            gpu.UsesVendorLibrary = false;
            // ILGPU has no tensor cores: only in float32 are both the same work.
            bool isGoal = precision == ProductPrecision.Float32;
            Measure own = await SpeedAsync(run, gpu, side, "ILGPU kernel");
            run.Rows.Add(Row.OfSpeeds($"product {side}³, {precision}, ILGPU kernel", own, vendor, isGoal ? LeastOfVendor : null));
        }
        if (device.Description.MatrixLibrary == "ILGPU kernels") run.Notes.Add($"not measured: the vendor's library, which {device.Name} does not have here.");
    }

    private static async Task<Measure> SpeedAsync(SectionRun run, ICompute compute, int side, string how)
    {
        using var bench = new DeviceWork(compute);
        DeviceTensor a = bench.Filled(side, side), b = bench.Filled(side, side), c = bench.Filled(side, side);
        Samples[] samples = await run.Sampler(seconds: 1, rests: false).MeasureAsync(repeats =>
        {
            for (int i = 0; i < repeats; i++) compute.MatrixProduct(a, false, b, true, c, accumulate: false);
            bench.Wait();
            return Task.CompletedTask;
        });
        return Measure.OfFlops(2.0 * side * side * side, samples[0].Median, how);
    }
}
