using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using Xunit;

namespace PipelineBackprop.Tests.Layers;

public sealed class LayerContextTests
{
    // The engine asks after every call what the layer forgot; whoever calls a layer by hand does not.
    [Fact]
    public void Rent_ByCallsThatNobodyChecks_KeepsNothingOfWhatWasReleased()
    {
        const int Calls = 20_000, MostBytes = 64 << 10; // one entry a call would be ten times as much
        using var bench = new ComputeBench(CpuDevice.Instance, ElementType.Float32);
        var context = new LayerContext(bench.Compute, bench.Pool, [], [], randomKey: 1, needsInputGradient: true);
        DeviceTensor kept = context.RentOutput(Shape.Vector(3));
        Call();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Calls; i++) Call();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
        kept.Release();

        void Call()
        {
            DeviceTensor output = context.RentOutput(Shape.Vector(5)), scratch = context.RentScratch(Shape.Vector(7));
            scratch.Release();
            output.Release();
        }
    }
}
